import type { InboundMessage } from "@omni/core";
import { createFakeHost } from "@omni/testkit/fakes";
import { afterEach, describe, expect, it } from "vitest";
import type { TerminalChannel, TerminalChannelOptions } from "../src/index.ts";
import type { SmallTerminal } from "./small-terminal.ts";
import { createSmallTerminal } from "./small-terminal.ts";
import { createTerminalChannel, omni, terminalChannelOptions } from "../src/index.ts";

interface Started {
  readonly terminal: SmallTerminal;
  readonly channel: TerminalChannel;
  readonly host: ReturnType<typeof createFakeHost>;
  readonly messages: InboundMessage[];
  type(text: string): Promise<void>;
}

let open: TerminalChannel[] = [];
afterEach(async () => {
  for (const channel of open) await channel.close();
  open = [];
});

async function start(size: Parameters<typeof createSmallTerminal>[0] = {}, options: Partial<TerminalChannelOptions> = {}, handler: (message: InboundMessage) => Promise<void> = async () => undefined): Promise<Started> {
  const terminal = createSmallTerminal(size);
  const host = createFakeHost({ terminal: terminal.device });
  const channel = createTerminalChannel(terminalChannelOptions.parse(options), host);
  open.push(channel);
  const messages: InboundMessage[] = [];
  await channel.start(async (message) => {
    messages.push(message);
    await handler(message);
  }, new AbortController().signal);
  return {
    terminal,
    channel,
    host,
    messages,
    async type(text) {
      terminal.type(text);
      await host.clock.advance(0);
      await host.clock.advance(0);
    },
  };
}

const done = { status: "completed", error: null } as const;

describe("a terminal channel", () => {
  it("is refused where the host has no terminal, or one that can only append", () => {
    expect(() => omni.create(terminalChannelOptions.parse({}), createFakeHost())).toThrow(/has no terminal/);
    const { device } = createSmallTerminal({ isTerminal: false });
    expect(() => createTerminalChannel(terminalChannelOptions.parse({}), createFakeHost({ terminal: device }))).toThrow(/omni stdio/);
  });

  it("refuses options that mean nothing", () => {
    for (const wrong of [{ markdown: "yes" }, { history: -1 }, { history: 1.5 }, { messageBytes: 0 }, [], "x"]) {
      expect(() => terminalChannelOptions.parse(wrong)).toThrow(expect.objectContaining({ code: "config.invalid" }));
    }
  });

  it("shows a turn: text as it comes, calls as they run, and what came of them", async () => {
    const { terminal, channel, host, messages, type } = await start();
    await type("go\r");
    const turn = channel.begin(messages[0]?.platformId ?? "");
    turn.next({ type: "text", text: "I look **into" });
    await host.clock.advance(40);
    expect(terminal.screen()).toEqual(["> go", "", "I look **into", "", ">"]);
    turn.next({ type: "text", text: "** it." });
    turn.next({ type: "call", callId: "1", name: "files.read", detail: '{"path":"a.txt"}' });
    turn.next({ type: "call", callId: "2", name: "shell.run", detail: '{"command":"make"}' });
    await host.clock.advance(3_200);
    turn.next({ type: "progress", callId: "2", text: "compiling\nhalf" });
    await host.clock.advance(100);
    expect(terminal.screen().slice(0, 3)).toEqual(["> go", "", "I look into it."]);
    expect(terminal.screen().slice(3, 5)).toEqual([expect.stringMatching(/^. files\.read 3 s \{"path":"a\.txt"\}$/), expect.stringMatching(/^. shell\.run 3 s compiling half$/)]);
    turn.next({ type: "result", callId: "2", name: "shell.run", status: "failed", detail: "no rule" });
    turn.next({ type: "result", callId: "1", name: "files.read", status: "completed", detail: "2 lines" });
    turn.next({ type: "note", text: "the context was cut" });
    turn.next({ type: "text", text: "All done." });
    turn.end({ ...done, output: "All done. And more." });
    expect(terminal.screen()).toEqual([
      "> go",
      "",
      "I look into it.",
      "",
      '✗ shell.run {"command":"make"} · failed: no rule 3 s',
      '✓ files.read {"path":"a.txt"} · 2 lines 3 s',
      "the context was cut",
      "",
      "All done. And more.",
      "",
      ">",
    ]);
  });

  it("says how a turn ended that did not end well", async () => {
    const { terminal, channel } = await start();
    channel.begin("1").end({ status: "failed", output: "", error: { code: "provider.unreachable", message: "The model cannot be reached." } });
    channel.begin("2").end({ status: "cancelled", output: "", error: { code: "turn.cancelled", message: "x" } });
    channel.begin("3").end({ status: "limited", output: "I stopped at the limit.", error: null });
    expect(terminal.screen()).toEqual(["provider.unreachable: The model cannot be reached.", "", "stopped", "", "I stopped at the limit.", "", ">"]);
  });

  it("shows as much of an answer as fits while it is open, and all of it when it is done", async () => {
    const { terminal, channel, host } = await start({ columns: 30, rows: 8 });
    const turn = channel.begin("1");
    const list = Array.from({ length: 20 }, (_, index) => `- item ${index}`).join("\n");
    turn.next({ type: "text", text: list });
    await host.clock.advance(40);
    expect(terminal.rows()).toHaveLength(7);
    expect(terminal.screen().slice(-4)).toEqual(["• item 18", "• item 19", "", ">"]);
    turn.end({ ...done, output: list });
    expect(terminal.rows()).toHaveLength(22);
    expect(terminal.rows().slice(0, 2)).toEqual(["• item 0", "• item 1"]);
  });

  it("fits what is below into any screen", async () => {
    for (const [columns, rows] of [[1, 1], [2, 2], [5, 3], [20, 4], [300, 100]] as const) {
      const { terminal, channel, host, type } = await start({ columns, rows });
      const turn = channel.begin("1");
      turn.next({ type: "call", callId: "1", name: "files.read", detail: "{}" });
      await type("a message of some length\nand two lines");
      await host.clock.advance(200);
      turn.next({ type: "text", text: "words **and** more words\n\n```\ncode\n```" });
      await host.clock.advance(200);
      terminal.resize(columns + 1, rows + 1);
      turn.end({ ...done, output: "" });
      expect(terminal.screen().length).toBeLessThanOrEqual(rows + 1);
    }
  });

  it("asks in place, keeps what was being written, and takes the question away when it is answered elsewhere", async () => {
    const { terminal, channel, type } = await start();
    await type("half a message");
    const controller = new AbortController();
    const read = (line: string | undefined): string | undefined => (line === "blue" || line === undefined ? "B" : undefined);
    const [first, second, third] = [
      channel.ask({ text: "Which colour?\u001b[2J", prompt: "blue or nothing", read }, controller.signal),
      channel.ask({ text: "And then?", prompt: "", read }, controller.signal),
      channel.ask({ text: "Last?", prompt: "", read }, new AbortController().signal),
    ];
    expect(terminal.screen()).toEqual(["Which colour?", "", "blue or nothing", "?"]);
    await type("red\r");
    expect(terminal.screen()).toContain("That is no answer here.");
    await type("blue\r");
    expect(await first).toBe("B");
    await type("par");
    controller.abort(new Error("answered"));
    expect(await second).toBeUndefined();
    expect(terminal.screen().join("\n")).toContain("answered elsewhere");
    await type("\u0004");
    expect(await third).toBe("B");
    expect(terminal.screen().at(-1)).toBe("> half a message");
  });

  it("lets a message wait below while a turn is shown, and sends it up when its own begins", async () => {
    const { terminal, channel, messages, type } = await start();
    await type("one\r");
    const turn = channel.begin(messages[0]?.platformId ?? "");
    await type("two\u001b\rlines\r");
    expect(terminal.screen().slice(-3)).toEqual(["", "queued: two lines", ">"]);
    turn.end({ ...done, output: "First." });
    channel.begin(messages[1]?.platformId ?? "").end({ ...done, output: "Second." });
    expect(terminal.screen()).toEqual(["> one", "", "First.", "", "> two", "  lines", "", "Second.", "", ">"]);
  });

  it("gives a message back that was not taken", async () => {
    const { terminal, type } = await start({}, {}, () => Promise.reject(new Error("the disk is full")));
    await type("keep this\r");
    expect(terminal.screen()).toEqual(["> keep this", "", "not sent: the disk is full", "", "> keep this"]);
  });

  it("tells Ctrl+C while something runs or nothing is written, and Ctrl+D; else Ctrl+C clears the line", async () => {
    const { terminal, channel, type } = await start();
    const intents: string[] = [];
    channel.onIntent((intent) => intents.push(intent));
    await type("words\u0003");
    expect([terminal.screen(), intents]).toEqual([["", ">"], []]);
    await type("\u0003\u0004");
    expect(intents).toEqual(["interrupt", "end"]);
    channel.begin("1");
    await type("words\u0003");
    expect(intents).toHaveLength(3);
    expect(terminal.screen().at(-1)).toBe("> words");
    terminal.hangUp();
    await type("");
    expect(intents.at(-1)).toBe("end");
  });

  it("takes the terminal at start and gives it back at close, as it was", async () => {
    const { terminal, channel } = await start();
    expect([terminal.hasKeys, terminal.written.includes("\u001b[?2004h")]).toEqual([true, true]);
    await channel.close();
    expect(terminal.hasKeys).toBe(false);
    expect(terminal.written.endsWith("\u001b[?2026l\u001b[?2004l\u001b[?25h")).toBe(true);
    expect(terminal.screen()).toEqual([]);
  });

  it("takes an escape that stays alone for the key, and the rest of a sequence that comes late for a part of it", async () => {
    const { terminal, host, type } = await start();
    await type("\u0012x");
    expect(terminal.screen()).toContain("search: x");
    await type("\u001b");
    expect(terminal.screen()).toContain("search: x");
    await host.clock.advance(50);
    expect(terminal.screen()).not.toContain("search: x");
    await type("ab\u001b");
    await type("[D");
    await type("X");
    expect(terminal.screen().at(-1)).toBe("> aXb");
  });
});
