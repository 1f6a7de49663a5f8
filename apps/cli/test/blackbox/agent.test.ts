import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { AgentPlace } from "./agent-place.ts";
import { createAgentPlace, keys } from "./agent-place.ts";
import type { DrivenTerminal } from "./driven-terminal.ts";
import { driveOmni } from "./driven-terminal.ts";
import { omni, startOmni, toJson } from "./omni-process.ts";

let here: AgentPlace;
beforeEach(async () => {
  here = await createAgentPlace();
});
afterEach(() => here.dispose());

const edit = 'files.edit {"path":"a.txt","old":"alpha","new":"omega"}';

/** True once nothing runs: the prompt is empty and stands right below the answer. */
function isIdle(screen: string): boolean {
  return /\n>$/.test(screen) && !/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/.test(screen);
}

async function say(terminal: DrivenTerminal, text: string, answer: string): Promise<void> {
  terminal.enter(text);
  await terminal.untilAll((all) => all.includes(answer) && isIdle(all));
}

/** Asks until nothing runs: an answer may stand there before its turn has ended. */
async function untilNothingRuns(terminal: DrivenTerminal): Promise<void> {
  for (let asked = 1; !terminal.all().includes("nothing runs"); asked += 1) {
    terminal.enter("/status");
    await terminal.untilAll((all) => all.split("\nsession cli:").length > asked && isIdle(all));
  }
}

describe("a chat in a terminal", () => {
  it("of ten turns has a tool, an ask, a cancel and what was said before, and goes on when it is opened again", async () => {
    const { model, place, chat } = here;
    const terminal = await chat();
    model.script([
      textReply("Hello, **you**."),
      callReply([{ id: "c1", name: "files.read", arguments: { path: "a.txt" } }]),
      textReply("It says *alpha* and *beta*."),
      callReply([{ id: "c2", name: "files.read", arguments: { path: "missing.txt" } }]),
      textReply("It is not there."),
      { ...textReply("never"), barrier: "cancelled" },
      textReply("# Plan\n\n1. read\n2. write"),
      textReply("seven"),
    ]);
    await say(terminal, "hi", "Hello, you.");
    await say(terminal, "read a.txt", "It says alpha and beta.");
    expect(terminal.all()).toContain('✓ files.read {"path":"a.txt"} · 2 lines');
    await say(terminal, "and the other", "It is not there.");
    expect(terminal.all()).toMatch(/✗ files\.read .*failed: /);
    terminal.enter("wait");
    await model.reached("cancelled", 1);
    terminal.type(keys.ctrlC);
    await terminal.untilAll((all) => all.includes("stopped") && isIdle(all));
    model.release("cancelled");
    await say(terminal, "a plan", "2. write");
    await say(terminal, "two\u001b\rlines", "seven");
    expect(terminal.all()).toContain("> two\n  lines");
    terminal.enter(edit);
    await terminal.until("[y]es once / [n]o / [a]lways");
    expect(terminal.all()).toContain('"old": "alpha"');
    terminal.enter("y");
    await terminal.untilAll((all) => all.includes("✓ files.edit") && isIdle(all));
    expect(await place.read("a.txt")).toBe("omega\nbeta\n");
    terminal.enter(edit.replace("alpha", "beta"));
    await terminal.until("[y]es once");
    terminal.enter("n");
    await terminal.untilAll((all) => all.includes("✗ files.edit") && isIdle(all));
    await say(terminal, "/status", "cli:default");
    terminal.type(keys.ctrlD);
    expect(await terminal.finished).toMatchObject({ code: 0 });
    expect(terminal.all()).toContain("go on with: omni agent");

    model.script([textReply("eleven")]);
    const again = await chat();
    await say(again, "go on", "eleven");
    const request = JSON.stringify(model.chats.at(-1)?.body);
    for (const told of ["Hello, **you**.", "It is not there.", "a plan"]) expect(request).toContain(told);
  });

  it("is the same on the screen whether a gateway runs its turns or not", async () => {
    const { model, chat, gateway, place } = here;
    const run = async (session: string): Promise<string> => {
      await writeFile(join(place.workspace, "a.txt"), "alpha\nbeta\n");
      model.script([
        { ...callReply([{ id: "c1", name: "files.read", arguments: { path: "a.txt" } }]), text: "I look." },
        callReply([{ id: "c2", name: "files.grep", arguments: { pattern: "beta" } }]),
        textReply("I have **read** both.\n\n- one\n- two"),
        textReply("And `this`."),
        { ...callReply([{ id: "c3", name: "files.edit", arguments: { path: "a.txt", old: "beta", new: "gamma" } }]), text: "I change a **word**" },
        textReply("Changed."),
      ]);
      const terminal = await chat(["--session", session]);
      await say(terminal, "read both", "• two");
      await say(terminal, "more", "And this.");
      terminal.enter(edit);
      await terminal.until("[y]es once");
      terminal.enter("y");
      await terminal.untilAll((all) => all.includes("✓ files.edit") && isIdle(all));
      terminal.enter("change it");
      await terminal.until((screen) => screen.includes("I change a word") && screen.includes("[y]es once"));
      expect(terminal.all().indexOf("I change a word")).toBeLessThan(terminal.all().lastIndexOf("files.edit wants to run"));
      terminal.enter("y");
      await terminal.untilAll((all) => all.includes("Changed.") && isIdle(all));
      await say(terminal, "/tools grep", "files.grep (read)");
      terminal.enter("/exit");
      await terminal.finished;
      return terminal.all().replaceAll(session, "SESSION");
    };
    const alone = await run("alone");
    await gateway();
    expect(await run("joint")).toBe(alone);
  });

  it("asks the model the same as a run does, whether a gateway runs its turns or not", async () => {
    const { model, place, chat, gateway } = here;
    const messages = [["read it", "It says alpha."], ["what else", "And beta."]] as const;
    const bodiesOf = async (talk: () => Promise<unknown>): Promise<readonly string[]> => {
      model.script([callReply([{ id: "c1", name: "files.read", arguments: { path: "a.txt" } }]), textReply(messages[0][1]), textReply(messages[1][1])]);
      const from = model.chats.length;
      await talk();
      return model.chats.slice(from).map((each) => JSON.stringify(each.body).replaceAll(/<time>[^<]*<\/time>/g, "<time/>"));
    };
    const inChat = async (session: string): Promise<void> => {
      const terminal = await chat(["--session", session]);
      for (const [text, answer] of messages) await say(terminal, text, answer);
      terminal.enter("/exit");
      await terminal.finished;
    };
    const byRun = await bodiesOf(async () => {
      for (const [text] of messages) await omni(place, ["run", "--session", "by-run", text]);
    });
    expect(byRun).toHaveLength(3);
    expect(await bodiesOf(() => inChat("alone"))).toEqual(byRun);
    await gateway();
    expect(await bodiesOf(() => inChat("joined"))).toEqual(byRun);
  });

  it("fits a terminal of 20 columns, which may change its size in the midst of an answer", async () => {
    const { model, chat } = here;
    model.script([{ ...textReply("Words that are longer than a line, and **then** some more of them."), barrier: "half", barrierAt: "after-first" }, textReply("| a | b |\n|---|---|\n| some words | others |")]);
    const terminal = await chat([], { columns: 20, rows: 12 });
    terminal.enter("a message that is longer than twenty columns");
    await model.reached("half", 1);
    await terminal.resize(34, 10);
    terminal.type("typed while it runs, and longer than a row");
    await terminal.until("typed while it runs");
    await terminal.resize(20, 12);
    await terminal.until((screen) => /^> typed while it ru$/m.test(screen));
    model.release("half");
    await terminal.untilAll("of them.");
    terminal.type("\u0015");
    await terminal.until(isIdle);
    await say(terminal, "t", "others");
    for (const line of terminal.all().split("\n")) expect(line.length).toBeLessThanOrEqual(34);
    expect(terminal.screen()).toBe(
      ["Words that are", "longer than a line,", "and then some more", "of them.", "", "> t", "", "a          │ b", "───────────┼───────", "some words │ others", "", ">"].join("\n"),
    );
    const { column, before } = terminal.cursor();
    expect([column, before]).toEqual([2, "> "]);
  });

  it("takes a paste of a megabyte as one message, and refuses a larger one in words", async () => {
    const { model, chat } = here;
    model.script([textReply("long")]);
    const terminal = await chat();
    const text = Array.from({ length: 12_345 }, (_, index) => `line ${index} of ${"x".repeat(60)}`).join("\n");
    expect(text.length).toBeGreaterThan(900_000);
    terminal.type("see ");
    terminal.paste(text);
    await terminal.until("> see [pasted 12,345 lines]");
    terminal.type(" there");
    await say(terminal, "", "long");
    expect(model.chats).toHaveLength(1);
    terminal.paste("y".repeat(3_000_000));
    await terminal.until("1,048,576 bytes");
    expect(terminal.screen()).toMatch(/\n>$/);
  });

  it("keeps what is typed while an ask is open, and takes an ask away that somebody else answered", async () => {
    const { chat, gateway } = here;
    const running = await gateway();
    const terminal = await chat();
    terminal.enter(edit);
    terminal.type("my next wish");
    await terminal.until("[y]es once");
    const { asks } = (await (await running.fetch("/asks")).json()) as { asks: { ask_id: string }[] };
    expect(terminal.screen()).not.toContain("> my next wish");
    await running.post(`/asks/${asks[0]?.ask_id}`, { decision: "allow" });
    await terminal.until("> my next wish");
    expect(terminal.screen()).not.toContain("[y]es once");
    expect(terminal.all()).toContain("answered elsewhere");
  });

  it("waits for a gateway that was killed, keeps what is typed, and goes on", async () => {
    const { model, chat, gateway } = here;
    const first = await gateway();
    model.script([{ ...textReply("lost"), barrier: "killed" }, textReply("after all"), textReply("and on")]);
    const terminal = await chat();
    terminal.enter("go");
    await model.reached("killed", 1);
    terminal.type("half a thou");
    await first.kill();
    await terminal.until("the gateway went away");
    expect(terminal.screen()).toContain("> half a thou");
    await gateway();
    await terminal.until((screen) => screen.includes("after all") && screen.includes("> half a thou"));
    await say(terminal, "ght", "and on");
    expect(terminal.all()).toContain("> half a thought");
  });

  it("queues what is sent while a turn runs, and answers a command at once", async () => {
    const { model, chat } = here;
    model.script([{ ...textReply("first answer"), barrier: "one" }, textReply("second answer")]);
    const terminal = await chat();
    terminal.enter("first");
    await model.reached("one", 1);
    terminal.enter("second");
    await terminal.until("queued: second");
    terminal.enter("/status");
    await terminal.until("open turns");
    expect(terminal.all()).not.toContain("answer");
    model.release("one");
    await terminal.until("second answer");
    expect(terminal.all()).toMatch(/first answer\s+> second\s+second answer/);
  });

  it("lets nothing of a model or a tool control the terminal", async () => {
    const { model, chat, place } = here;
    await writeFile(join(place.workspace, "evil.txt"), "\u001b[2J\u001b]0;owned\u0007evil");
    model.script([callReply([{ id: "c1", name: "files.read", arguments: { path: "evil.txt\u001b[31m" } }]), textReply("\u001b[2J\u001b[H**bold**\u001b]8;;http://evil\u0007 \u202etxt \u009b31m")]);
    const terminal = await chat();
    await say(terminal, "go", "bold");
    expect(terminal.all()).toContain("> go");
    expect(terminal.written).not.toMatch(/\u001b\]|\u001b\[2J|\u009b|\u202e/);
  });
});

describe("what is written in a chat", () => {
  it("is remembered for the next one, for its owner alone, without the answers to asks", async () => {
    const { model, chat, place } = here;
    model.script([textReply("one"), textReply("two")]);
    const first = await chat();
    await say(first, "remember me", "one");
    first.enter(edit);
    await first.until("[y]es once");
    first.enter("n");
    await first.untilAll((all) => all.includes("✗ files.edit") && isIdle(all));
    first.type(keys.ctrlD);
    await first.finished;
    const file = join(place.home, "state", "terminal-history.jsonl");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const second = await chat();
    second.type(keys.up);
    await second.until("> files.edit");
    second.type(keys.up);
    await second.until("> remember me");
    second.type("\u0015\u0012reme");
    await second.until((screen) => screen.includes("search: reme") && screen.includes("> remember me"));
    second.type(keys.enter);
    await say(second, "", "two");
  });

  it("is remembered no more where the file is broken, and the chat goes on", async () => {
    const { model, chat, place } = here;
    await omni(place, ["sessions", "list"]);
    await writeFile(join(place.home, "state", "terminal-history.jsonl"), '{"no": "text"}\n\u0000\u0001 broken\n"kept"\n');
    model.script([textReply("fine")]);
    const terminal = await chat();
    terminal.type(keys.up);
    await terminal.until("> kept");
    await say(terminal, "!", "fine");
  });
});

describe("a chat that ends", () => {
  /** Bracketed paste and the cursor as they were, and the terminal no longer raw. */
  const isPutBack = (terminal: DrivenTerminal): boolean => terminal.written.lastIndexOf("\u001b[?2004l") > terminal.written.lastIndexOf("\u001b[?2004h") && terminal.written.lastIndexOf("\u001b[?25h") > terminal.written.lastIndexOf("\u001b[?25l");

  it("by Ctrl+C where nothing runs ends with 0; what is written goes first", async () => {
    const terminal = await here.chat();
    terminal.type("some words");
    await terminal.until("> some words");
    terminal.type(keys.ctrlC);
    await terminal.until(isIdle);
    terminal.type(keys.ctrlC);
    expect(await terminal.finished).toMatchObject({ code: 0 });
    expect(isPutBack(terminal)).toBe(true);
  });

  it("by a second Ctrl+C while a turn will not end leaves with 130", async () => {
    const { chat, model, place } = here;
    await place.configure({ hooks: [] });
    model.script([{ ...textReply("never"), barrier: "hangs" }]);
    const terminal = await chat();
    terminal.enter("go");
    await model.reached("hangs", 1);
    terminal.type(keys.ctrlC + keys.ctrlC);
    expect((await terminal.finished).code).toBe(130);
    expect(isPutBack(terminal)).toBe(true);
  });

  it.each(["SIGTERM", "SIGHUP"] as const)("by %s puts the terminal back", async (signal) => {
    const { chat, model } = here;
    const idle = await chat();
    idle.kill(signal);
    expect(await idle.finished).toMatchObject({ code: 0 });
    model.script([{ ...textReply("never"), barrier: "held" }]);
    const busy = await chat(["--session", "busy"]);
    busy.enter("go");
    await model.reached("held", 1);
    busy.kill(signal);
    expect((await busy.finished).code).toBe(130);
    for (const terminal of [idle, busy]) expect(isPutBack(terminal)).toBe(true);
  });

  it("by a window that is closed ends with 0, and the next chat goes on", async () => {
    const { chat, model } = here;
    model.script([textReply("one"), textReply("two")]);
    const terminal = await chat();
    await say(terminal, "first", "one");
    await untilNothingRuns(terminal);
    terminal.hangUp();
    expect((await terminal.finished).code).toBe(0);
    await say(await chat(), "second", "two");
    expect(JSON.stringify(model.chats.at(-1)?.body)).toContain("first");
  });

  it("by a window that is closed while it leaves ends with 0 as well", async () => {
    const { chat, model } = here;
    model.script([textReply("one")]);
    const terminal = await chat();
    await say(terminal, "first", "one");
    await untilNothingRuns(terminal);
    terminal.type(keys.ctrlD);
    await terminal.until("go on with");
    terminal.kill("SIGHUP");
    expect((await terminal.finished).code).toBe(0);
  });

  it("by a fault of the program puts the terminal back, and says so in one line", async () => {
    const fault = `data:text/javascript,${encodeURIComponent('process.on("SIGUSR2",()=>{throw new Error("planted")})')}`;
    const terminal = await here.chat([], { env: { NODE_OPTIONS: `--import ${fault}` } });
    terminal.type("half a message");
    await terminal.until("half a message");
    terminal.kill("SIGUSR2");
    expect((await terminal.finished).code).toBe(1);
    expect(terminal.all()).toMatch(/^omni: .*planted/m);
    expect(isPutBack(terminal)).toBe(true);
  });

  it("by Ctrl+D while a turn runs answers it first", async () => {
    const { chat, model } = here;
    model.script([{ ...textReply("the last word"), barrier: "held" }]);
    const terminal = await chat();
    terminal.enter("go");
    await model.reached("held", 1);
    terminal.type(keys.ctrlD);
    await terminal.until("leaving when this is answered");
    model.release("held");
    expect(await terminal.finished).toMatchObject({ code: 0 });
    expect(terminal.all()).toContain("the last word");
  });
});

describe("omni agent without keys", () => {
  it("answers each line of a pipe in order, plain, and ends with 0", async () => {
    const { model, place } = here;
    model.script([textReply("**one**"), textReply("two")]);
    const end = await omni(place, ["agent"], { input: `first\n\nsecond\n${edit}\n` });
    expect(end).toMatchObject({ code: 0 });
    expect(end.stdout).toMatch(/^\*\*one\*\*\ntwo\n/);
    expect(end.stdout + end.stderr).not.toContain("\u001b");
    expect(end.stderr).toContain("deny files.edit");
    expect(await place.read("a.txt")).toBe("alpha\nbeta\n");
  });

  it("leaves at /exit, and takes one message by -m in the same session", async () => {
    const { model, place } = here;
    model.script([textReply("one"), textReply("two")]);
    expect(await omni(place, ["agent"], { input: "first\n/exit\nnever\n" })).toMatchObject({ code: 0, stdout: "one\n" });
    const outcome = toJson<{ output: string; sessionId: string }>(await omni(place, ["agent", "-m", "second", "--json"]));
    expect(outcome).toMatchObject({ output: "two", sessionId: "cli:default" });
    expect(JSON.stringify(model.chats.at(-1)?.body)).toContain("first");
    expect(await omni(place, ["agent", "--json"])).toMatchObject({ code: 2, stderr: expect.stringContaining("usage.invalid") });
  });

  it("is cancelled by a signal with 130", async () => {
    const { model, place } = here;
    model.script([{ ...textReply("never"), barrier: "held" }]);
    const running = startOmni(place, ["agent"]);
    running.child.stdin?.write("go\nmore\n");
    await model.reached("held", 1);
    running.child.kill("SIGINT");
    expect(await running.finished).toMatchObject({ code: 130 });
  });

  it("asks in words in a terminal that can only append, and draws nothing", async () => {
    const { place, model } = here;
    model.script([textReply("plain **answer**")]);
    const terminal = driveOmni(place, ["agent"], { env: { TERM: "dumb" } });
    try {
      terminal.enter("hi");
      await terminal.until("plain **answer**");
      terminal.enter(edit);
      await terminal.until("[y]es once");
      terminal.enter("y");
      await terminal.until("done files.edit");
      terminal.type(keys.ctrlD);
      expect(await terminal.finished).toMatchObject({ code: 0 });
      expect(terminal.written).not.toContain("\u001b");
    } finally {
      await terminal.dispose();
    }
  });

  it("takes no colours where NO_COLOR refuses them", async () => {
    const { model, chat } = here;
    model.script([textReply("# Head\n\n**bold**")]);
    const terminal = await chat([], { env: { NO_COLOR: "1" } });
    await say(terminal, "hi", "bold");
    expect(terminal.all()).toContain("# Head");
    expect(terminal.written).not.toMatch(/\u001b\[[0-9;]*m/);
  });
});

describe("a start that draws nothing", () => {
  it("loads nothing of the chat: what run needs holds no Markdown", async () => {
    const dist = new URL("../../dist/", import.meta.url);
    const seen = new Set<string>();
    const visit = async (file: string): Promise<void> => {
      if (seen.has(file)) return;
      seen.add(file);
      const source = await readFile(new URL(file, dist), "utf8");
      for (const [, next] of source.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) await visit(next ?? "");
      // Of what is loaded when needed, a start of run needs these.
      for (const [, next] of source.matchAll(/import\("\.\/((?:start|run|open-turns|open-runtime|find-gateway)-[^"]+)"\)/g)) await visit(next ?? "");
    };
    await visit("main.js");
    expect(seen.size).toBeGreaterThan(4);
    for (const file of seen) expect(await readFile(new URL(file, dist), "utf8"), file).not.toMatch(/blockquote|bracketed|2004h/);
  });
});
