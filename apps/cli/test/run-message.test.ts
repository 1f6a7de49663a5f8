import { describe, expect, test } from "vitest";
import type { IncomingMessage, Runtime } from "@omni/runtime";
import type { CommandCall } from "../src/command-spec.ts";
import type { FakeRuntime } from "./fake-runtime.ts";
import type { FakeTerminal } from "./fake-terminal.ts";
import type { TurnOutcome } from "@omni/core";
import { commands } from "../src/command-table.ts";
import { createFakeRuntime } from "./fake-runtime.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { createTurnPrinter } from "../src/turn-printer.ts";
import { owner } from "../src/owner.ts";
import { parseArguments } from "../src/parse-arguments.ts";
import { runMessage } from "../src/run-message.ts";

const toCall = async (...flags: readonly string[]): Promise<CommandCall> => {
  const spec = commands.find((each) => each.name === "run");
  if (spec === undefined) throw new Error("there is no run");
  return parseArguments(spec, [...flags, "task"]);
};

const run = async (terminal: FakeTerminal, runtime: FakeRuntime, flags: readonly string[] = [], interactive = false): Promise<TurnOutcome> => {
  const printer = createTurnPrinter(await toCall(...flags), terminal);
  const message: IncomingMessage = { text: "task", sessionId: "cli:1", origin: "cli", interactive, principal: owner };
  const outcome = await runMessage(message, runtime as unknown as Runtime, terminal, printer);
  await printer.end(outcome);
  return outcome;
};

const narrated = createFakeRuntime.bind(undefined, (turn) => {
  turn.emit({ type: "text-delta", text: "I look." });
  turn.emit({ type: "model-reply", round: 1, text: "I look.", reasoning: "", calls: [{ id: "1", name: "files.read", arguments: "{}" }], finish: "tool-calls", usage: { inputTokens: 0, outputTokens: 0, reported: true }, at: 0 });
  turn.emit({ type: "tool-call", callId: "c", round: 1, index: 0, name: "files.read", arguments: { path: "a" }, effect: "read", idempotencyKey: "k", at: 0 });
  turn.emit({ type: "tool-result", callId: "c", round: 1, index: 0, name: "files.read", status: "completed", content: [{ type: "text", text: "one line" }], at: 0 });
  turn.emit({ type: "text-delta", text: "An\u001b[31m answer." });
  turn.end({ output: "An\u001b[31m answer." });
});

describe("a turn in a pipe", () => {
  test("puts the answer alone on stdout, byte for byte, and the progress on stderr", async () => {
    const terminal = createFakeTerminal();
    await run(terminal, narrated());
    expect(terminal.out()).toBe("An\u001b[31m answer.\n");
    expect(terminal.err()).toBe('call files.read {"path":"a"}\ndone files.read: one line\n');
  });

  test("says nothing of the progress with --quiet", async () => {
    const terminal = createFakeTerminal();
    await run(terminal, narrated(), ["--quiet"]);
    expect(terminal.err()).toBe("");
  });

  test("prints exactly the outcome with --json", async () => {
    const terminal = createFakeTerminal();
    const outcome = await run(terminal, narrated(), ["--json"]);
    expect(JSON.parse(terminal.out())).toEqual(outcome);
    expect(Object.keys(outcome)).toEqual(["status", "sessionId", "turnId", "output", "rounds", "toolCalls", "usage", "error"]);
  });

  test("tells a failure in one line on stderr and nothing on stdout", async () => {
    const terminal = createFakeTerminal();
    await run(terminal, createFakeRuntime((turn) => turn.end({ status: "failed", error: { code: "no-model", message: "No model.\nDo this." } })));
    expect([terminal.out(), terminal.err()]).toEqual(["", "omni: no-model: No model. Do this.\n"]);
  });

  test("ends as always when stdout is closed", async () => {
    const terminal = createFakeTerminal();
    terminal.closeOutput();
    expect((await run(terminal, narrated())).status).toBe("completed");
  });
});

describe("a turn in a terminal", () => {
  test("streams the answer once, safe to look at", async () => {
    const terminal = createFakeTerminal({ isTerminal: true, columns: 80, env: { NO_COLOR: "1" } });
    await run(terminal, narrated());
    expect(terminal.out()).toBe("I look.\nAn answer.\n");
  });

  test("asks the person and passes on what they say", async () => {
    const terminal = createFakeTerminal({ isTerminal: true, input: "what\ny\n" });
    const runtime = createFakeRuntime((turn) => void turn.ask({ arguments: { command: "ls" } }).then((reply) => turn.end({ output: JSON.stringify(reply) })));
    await run(terminal, runtime, [], true);
    expect(terminal.out()).toBe('{"decision":"allow"}\n');
    expect(terminal.err().match(/shell\.run wants to run/g)).toHaveLength(2);
  });

  test("takes the end of the input for no", async () => {
    const terminal = createFakeTerminal({ isTerminal: true });
    await run(terminal, createFakeRuntime((turn) => void turn.ask({}).then((reply) => turn.end({ output: JSON.stringify(reply) }))), [], true);
    expect(terminal.out()).toBe('{"decision":"deny"}\n');
  });
});

describe("a signal", () => {
  test("cancels the turn and waits for its end", async () => {
    const terminal = createFakeTerminal();
    const runtime = createFakeRuntime();
    const running = run(terminal, runtime, ["--json"]);
    const turn = await runtime.submitted(1);
    await new Promise((resolve) => setImmediate(resolve));
    terminal.signal();
    expect(turn.isCancelled).toBe(true);
    turn.end({ status: "cancelled", error: { code: "turn.cancelled", message: "The turn was cancelled." } });
    expect((await running).status).toBe("cancelled");
    expect(JSON.parse(terminal.out())).toMatchObject({ status: "cancelled" });
  });

  test("gives up after three seconds, and at once the second time", async () => {
    const terminal = createFakeTerminal();
    const runtime = createFakeRuntime();
    const running = run(terminal, runtime);
    await runtime.submitted(1);
    await new Promise((resolve) => setImmediate(resolve));
    terminal.signal("SIGTERM");
    terminal.signal("SIGTERM");
    expect(terminal.left).toEqual([130]);
    terminal.runOut();
    expect(await running).toMatchObject({ status: "cancelled", turnId: "1" });
  });

  test("that came while the message was taken in cancels it then", async () => {
    const terminal = createFakeTerminal();
    const runtime = createFakeRuntime((turn) => {
      terminal.signal();
      queueMicrotask(() => turn.end({ status: turn.isCancelled ? "cancelled" : "completed" }));
    });
    const running = run(terminal, runtime);
    const turn = await runtime.submitted(1);
    await running;
    expect(turn.isCancelled).toBe(true);
  });
});
