import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import fc from "fast-check";
import type { SecurityPolicy } from "@omni/core";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { Runtime } from "../src/runtime.ts";
import type { RuntimeHarness, RuntimeHarnessOptions } from "./runtime-harness.ts";
import { commandTable } from "../src/commands/command-table.ts";
import { createRuntimeHarness } from "./runtime-harness.ts";
import { toCommand } from "../src/commands/run-command.ts";

let harness: RuntimeHarness | undefined;
const make = async (options?: RuntimeHarnessOptions): Promise<RuntimeHarness> => (harness = await createRuntimeHarness(options));
afterEach(() => harness?.dispose());

const sayer = (made: RuntimeHarness, runtime: Runtime) => async (text: string, more: Parameters<RuntimeHarness["message"]>[1] = {}): Promise<string> => (await (await runtime.submit(made.message(text, more))).outcome).output;
const gate = (): { readonly opened: Promise<void>; open(): void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};

describe("toCommand", () => {
  it.each([
    ["/help", { name: "help", argument: "" }],
    [" /Model  gpt-x ", { name: "model", argument: "gpt-x" }],
    ["/bg line one\nline two", { name: "bg", argument: "line one\nline two" }],
    ["/usr/bin/env", undefined],
    ["/", undefined],
    ["//help", undefined],
    ["say /help", undefined],
    ["/2 of it", undefined],
  ])("reads %j", (text, expected) => {
    expect(toCommand(text)).toEqual(expected);
  });

  it("ends on any text", () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom("/", "a", " ", "\n", "-", "é", "1"), maxLength: 200 }), (text) => void toCommand(text)));
  });
});

describe("chat commands", () => {
  it("stand in docs/chat-commands.md as /help shows them", () => {
    const page = readFileSync(new URL("../../../docs/chat-commands.md", import.meta.url), "utf8");
    const lines = [...page.matchAll(/^- `(.+)`: (.+)$/gm)].map((match) => `${match[1]}: ${match[2]}`);
    expect(lines).toEqual(commandTable.map((each) => `/${each.name}${each.usage === "" ? "" : ` ${each.usage}`}: ${each.does}`));
  });

  it("ask no model and leave no turn, and an unknown one names the nearest", async () => {
    const made = await make();
    const runtime = await made.open();
    const say = sayer(made, runtime);
    const help = await say("/help");
    for (const command of commandTable) expect(help).toContain(`/${command.name}`);
    expect(await say("/staus")).toContain("Did you mean /status?");
    expect(await say("/xyzzy")).toContain("/help lists them");
    expect(made.provider.requests).toEqual([]);
    expect(await runtime.store.sessions({ limit: 10 })).toEqual([]);
  });

  it("/new begins a session without the old words, and /resume brings them back, also after a restart", async () => {
    const made = await make({ script: [textReply("hello Ada"), textReply("who are you?"), textReply("Ada")] });
    const first = await made.open();
    const say = sayer(made, first);
    await say("I am Ada");
    expect(await say("/new")).toContain("/resume test:a");
    await first.close();
    const later = sayer(made, await made.open());
    await later("who am I?");
    expect(JSON.stringify(made.provider.requests[1])).not.toContain("I am Ada");
    expect(await later("/sessions")).toMatch(/test:a:.*\(this one\).*\ntest:a:/s);
    expect(await later("/resume test:a")).toContain("1 turns so far");
    await later("and now?");
    expect(JSON.stringify(made.provider.requests[2])).toContain("I am Ada");
  });

  it("/memory WORDS is a search: what a prompt would leave out is found too", async () => {
    const made = await make();
    const say = sayer(made, await made.open());
    const scope = { scope: "session", owner: "test:a" } as const;
    made.remembered.episodes.push({ id: "faint", kind: "fact", text: "apples grow on trees", intent: "", experience: "", outcome: "", q: 0.5, uses: 0, successes: 0, failures: 0, at: 1, createdAt: 1, lastUsedAt: 1, source: { trusted: true }, scope });
    expect(await say("/memory apples pears plums figs dates")).toContain("faint: apples grow on trees");
    expect(await say("/memory pears")).toBe("Nothing that is remembered here fits these words.");
  });

  it("/memory WORDS finds what the page of the workspace says, as a turn does, also before there was one", async () => {
    const made = await make();
    const say = sayer(made, await made.open());
    const { workspace } = made.host.paths;
    const write = (root: string, page: string): Promise<void> => made.host.files.within(root).write("MEMORY.md", page);
    await write(workspace, "- apples grow on trees\n");
    expect(await say("/memory apples")).toMatch(/fact page-\w+: apples grow on trees$/);
    const other = `${workspace}-other`;
    expect(await say("/memory apples", { workspace: other })).toBe("Nothing that is remembered here fits these words.");
    await write(other, "- apples are red\n");
    expect(await say("/memory apples", { workspace: other })).toMatch(/apples are red$/);
  });

  it("/memory WORDS shows what is remembered of a time that is none", async () => {
    const made = await make();
    const say = sayer(made, await made.open());
    made.remembered.episodes.push({ id: "odd", kind: "fact", text: "apples grow on trees", intent: "", experience: "", outcome: "", q: 0.5, uses: 0, successes: 0, failures: 0, at: 9e15, createdAt: 1, lastUsedAt: 1, source: { trusted: true }, scope: { scope: "session", owner: "test:a" } });
    expect(await say("/memory apples")).toMatch(/^\d\.\d\d date unknown fact odd: apples grow on trees$/);
  });

  it("/feedback and /status look at the answer, not at a message that was taken into it", async () => {
    const [reached, opened] = [gate(), gate()];
    const made = await make({
      script: async (_request, index) => {
        if (index > 0) return textReply("done");
        reached.open();
        await opened.opened;
        return callReply([{ name: "echo.say", arguments: { text: "x" } }]);
      },
    });
    const runtime = await made.open();
    const say = sayer(made, runtime);
    made.remembered.episodes.push({ id: "m1", kind: "episode", text: "apples grow on trees", intent: "", experience: "", outcome: "", q: 0.5, uses: 0, successes: 0, failures: 0, at: 1, createdAt: 1, lastUsedAt: 1, source: { trusted: true }, scope: { scope: "session", owner: "test:a" } });
    const first = await runtime.submit(made.message("where do apples grow"));
    await reached.opened;
    const second = await runtime.submit(made.message("and be quick", { mode: "steer" }));
    opened.open();
    expect(await first.outcome).toMatchObject({ output: "done" });
    expect(await second.outcome).toMatchObject({ output: "done", rounds: 0 });
    expect(await say("/status")).toContain("last request:");
    expect(await say("/feedback up")).toBe("Noted for the memory that the last answer was shown.");
    expect(made.remembered.episodes.find(({ id }) => id === "m1")?.q).toBeGreaterThan(0.5);
  });

  it("/stop ends what runs and what waits, while it runs", async () => {
    const made = await make({ script: [{ stall: true }] });
    const runtime = await made.open();
    const say = sayer(made, runtime);
    expect(await say("/stop")).toContain("Nothing runs");
    const [running, waiting] = [await runtime.submit(made.message("1")), await runtime.submit(made.message("2"))];
    for await (const { event } of running.events()) if (event.type === "model-call") break;
    expect(await say("/status")).toContain("running");
    expect(await say("/stop")).toContain("2 turns");
    expect([(await running.outcome).status, (await waiting.outcome).status]).toEqual(["cancelled", "cancelled"]);
  });

  it("/model shows and chooses the model of a session", async () => {
    const made = await make({ script: [textReply("one"), textReply("two")] });
    const say = sayer(made, await made.open());
    expect(await say("/model")).toContain("scripted (the default)");
    expect(await say("/model other")).toContain("no model");
    expect(await say("/model scripted")).toContain("from now on");
    await say("hello");
    expect(made.provider.requests[0]?.model).toBe("scripted");
    await say("/model default");
    await say("hello");
    expect(made.provider.requests[1]?.model).toBeUndefined();
  });

  it("/approve and /deny answer the call that waits, from who may", async () => {
    const asking: SecurityPolicy = { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) };
    const call = callReply([{ name: "echo.append", arguments: { text: "x" } }]);
    const made = await make({ policy: asking, script: [call, textReply("done"), call, textReply("not done")] });
    const runtime = await made.open();
    const say = sayer(made, runtime);
    const submitAndWait = async () => {
      const opened = gate();
      const stop = runtime.onAsks(() => opened.open());
      const turn = await runtime.submit(made.message("append"));
      await opened.opened;
      stop();
      return turn;
    };
    const first = await submitAndWait();
    const guest = { principal: { id: "token:guest", scopes: ["chat"] as const } };
    await expect(say("/approve", guest)).rejects.toMatchObject({ code: "ask.forbidden" });
    expect(await say("/approve")).toBe("Approved: echo.append.");
    expect((await first.outcome).toolCalls[0]?.status).toBe("completed");
    const second = await submitAndWait();
    expect(await say("/deny")).toBe("Refused: echo.append.");
    expect((await second.outcome).toolCalls[0]?.status).toBe("denied");
    expect(await say("/approve")).toContain("Nothing waits");
  });

  it("/tools lists tools by name, and /bg works in a session of its own", async () => {
    const made = await make({ script: [textReply("done in the background")] });
    const runtime = await made.open();
    const say = sayer(made, runtime);
    expect(await say("/tools put")).toMatch(/^echo\.put \(keyed\)/);
    const answer = await say("/bg count the stars");
    const [, sessionId = ""] = /\/resume (\S+)/.exec(answer) ?? [];
    const [, turnId = ""] = /turn (\S+)\)/.exec(answer) ?? [];
    expect((await runtime.follow(turnId)?.outcome)?.output).toBe("done in the background");
    expect(await say(`/resume ${sessionId}`)).toContain("1 turns so far");
  });

  it("/new and /bg work in a conversation whose id is as long as one may be, and keep two of them apart", async () => {
    const made = await make({ script: [textReply("one"), textReply("two"), textReply("three")] });
    const runtime = await made.open();
    const say = sayer(made, runtime);
    const sessions = new Set<string>();
    for (const last of ["a", "b"]) {
      const guest = { sessionId: `test:${"x".repeat(250)}${last}`, conversation: "there", principal: { id: "guest", scopes: ["chat"] as const } };
      await say("/new", guest);
      await say("hello", guest);
      const [, sessionId = ""] = /session (\S+): 1 turns/.exec(await say("/status", guest)) ?? [];
      sessions.add(sessionId.slice(0, sessionId.lastIndexOf(":")));
    }
    expect([sessions.size, [...sessions].every((each) => each.startsWith("test:xxx"))]).toEqual([2, true]);
    const guest = { sessionId: `test:${"x".repeat(250)}a`, conversation: "there", principal: { id: "guest", scopes: ["chat"] as const } };
    const answer = await say("/bg count the stars", guest);
    const [, turnId = "", sessionId = ""] = /turn (\S+)\).*\/resume (\S+)/.exec(answer) ?? [];
    expect((await runtime.follow(turnId)?.outcome)?.output).toBe("three");
    expect(await say(`/resume ${sessionId}`, { ...guest, sessionId: `test:${"x".repeat(250)}b` })).toContain("Nothing was said");
    expect(await say(`/resume ${sessionId}`, guest)).toContain("1 turns so far");
  });

  it("/new refuses an entrance so long that nothing can follow it, and the conversation goes on", async () => {
    const made = await make({ script: [textReply("still here")] });
    const say = sayer(made, await made.open());
    const long = { sessionId: `${"e".repeat(250)}:x` };
    await expect(say("/new", long)).rejects.toMatchObject({ code: "session.invalid" });
    expect(await say("hello", long)).toBe("still here");
  });

  it("leave the sessions of other entrances to who may see them", async () => {
    const made = await make({ script: [textReply("secret")] });
    const say = sayer(made, await made.open());
    await say("the word is swordfish", { sessionId: "telegram:1" });
    const guest = { principal: { id: "token:guest", scopes: ["chat"] as const } };
    expect(await say("/sessions", guest)).not.toContain("telegram");
    await expect(say("/resume telegram:1", guest)).rejects.toMatchObject({ code: "session.foreign" });
    await expect(say("/status", { ...guest, sessionId: "telegram:1" })).rejects.toMatchObject({ code: "session.foreign" });
  });

  it("do nothing in a session of another entrance that a conversation was sent to, but lead out of it", async () => {
    const made = await make({ script: [textReply("secret")] });
    const say = sayer(made, await made.open());
    await say("the word is swordfish", { sessionId: "telegram:1" });
    await say("/resume telegram:1");
    const guest = { principal: { id: "token:guest", scopes: ["chat"] as const } };
    for (const text of ["hello", "/status", "/stop", "/memory swordfish", "/compact", "/model scripted", "/stauts"]) await expect(say(text, guest), text).rejects.toMatchObject({ code: "session.foreign" });
    expect(await say("/status")).toContain("session telegram:1: 1 turns");
    expect(await say("/help", guest)).toContain("/new");
    await say("/new", guest);
    expect(await say("/status", guest)).toContain("session test:a:");
  });

  it("/approve ID and /deny ID find no call of a session that is not theirs to see", async () => {
    const asking: SecurityPolicy = { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) };
    const made = await make({ policy: asking, script: [callReply([{ name: "echo.append", arguments: { text: "x" } }]), textReply("done")] });
    const runtime = await made.open();
    const say = sayer(made, runtime);
    const opened = gate();
    runtime.onAsks(() => opened.open());
    const turn = await runtime.submit(made.message("append", { sessionId: "telegram:1" }));
    await opened.opened;
    const askId = runtime.asks()[0]?.ask.askId ?? "";
    const approver = { principal: { id: "token:phone", scopes: ["chat", "approve"] as const } };
    for (const text of [`/approve ${askId}`, `/approve always ${askId}`, `/deny ${askId}`]) expect(await say(text, approver)).toBe(`There is no open approval "${askId}".`);
    expect(runtime.asks()).toHaveLength(1);
    expect(await say(`/approve ${askId}`)).toBe("Approved: echo.append.");
    expect((await turn.outcome).toolCalls[0]?.status).toBe("completed");
  });

  it("tell their events as a turn does, from where a reader left", async () => {
    const made = await make();
    const handle = await (await made.open()).submit(made.message("/help"));
    const read = async (afterId?: string): Promise<readonly string[]> => (await Array.fromAsync(handle.events(afterId))).map(({ event }) => event.type);
    expect([await read(), await read("1.2"), await read("0.0")]).toEqual([["turn-start", "text-delta", "turn-end"], ["turn-end"], ["turn-start", "text-delta", "turn-end"]]);
    expect((await Array.fromAsync(handle.events()))[0]?.event).toMatchObject({ turnId: handle.turnId, sessionId: "test:a" });
  });
});
