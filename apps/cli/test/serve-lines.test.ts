import { describe, expect, test } from "vitest";
import type { FakeRuntime } from "./fake-runtime.ts";
import type { FakeTerminal } from "./fake-terminal.ts";
import { createCancellation } from "../src/cancellation.ts";
import { createFakeRuntime } from "./fake-runtime.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { owner } from "../src/owner.ts";
import { serveLines } from "../src/serve-lines.ts";

const echo = (): FakeRuntime => createFakeRuntime((turn) => turn.end({ output: `<${turn.message.text}>` }));

const serve = (terminal: FakeTerminal, runtime: FakeRuntime, isJson = false): Promise<void> =>
  serveLines({ turns: runtime, terminal, isJson, template: { sessionId: "stdio:default", origin: "stdio", interactive: false, principal: owner }, cancellation: createCancellation(terminal) });

const objects = (terminal: FakeTerminal): Record<string, unknown>[] =>
  terminal
    .out()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("serveLines", () => {
  test("answers each line in order and ends with the input", async () => {
    const terminal = createFakeTerminal({ input: "one\n\ntwo\r\nthree" });
    await serve(terminal, echo());
    expect(terminal.out()).toBe("<one>\n<two>\n<three>\n");
    expect(terminal.err()).toBe("");
  });

  test("prints an answer of several lines as it is", async () => {
    const terminal = createFakeTerminal({ input: "x\n" });
    await serve(terminal, createFakeRuntime((turn) => turn.end({ output: "a\nb\n" })));
    expect(terminal.out()).toBe("a\nb\n\n");
  });

  test("answers a failed message with an empty line, and says why on stderr", async () => {
    const terminal = createFakeTerminal({ input: "x\ny\n" });
    const runtime = createFakeRuntime((turn) => turn.end(turn.message.text === "x" ? { status: "failed", error: { code: "no-model", message: "no model" } } : { output: "fine" }));
    await serve(terminal, runtime);
    expect(terminal.out()).toBe("\nfine\n");
    expect(terminal.err()).toBe("omni: no-model: no model\n");
  });

  test("keeps the order of lines however the sessions end", async () => {
    const terminal = createFakeTerminal({ input: '{"message":"a","sessionId":"stdio:1"}\n{"message":"b","sessionId":"stdio:2"}\n' });
    const runtime = createFakeRuntime();
    const served = serve(terminal, runtime, true);
    await runtime.submitted(2);
    expect(runtime.turns.map((turn) => turn.message.sessionId)).toEqual(["stdio:1", "stdio:2"]);
    runtime.turns[1]?.end({ output: "B" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(terminal.out()).toBe("");
    runtime.turns[0]?.end({ output: "A" });
    await served;
    expect(objects(terminal).map((each) => each["output"])).toEqual(["A", "B"]);
  });

  test("gives one object a line with --json: the outcome, or the error of a bad line, and goes on", async () => {
    const input = ['{"message":"a"}', "nonsense", "", "[1]", '{"message":7}', '{"message":"","sessionId":"x"}', "x".repeat(1_048_577), '{"message":"z"}'].join("\n");
    const terminal = createFakeTerminal({ input });
    await serve(terminal, echo(), true);
    const codes = objects(terminal).map((each) => (each["error"] as { code: string } | null)?.code ?? each["output"]);
    expect(codes).toEqual(["<a>", "message.invalid", "message.invalid", "message.invalid", "message.invalid", "message.empty", "message.too-large", "<z>"]);
    expect(objects(terminal)[0]).toEqual({ status: "completed", sessionId: "stdio:default", turnId: "1", output: "<a>", rounds: 1, toolCalls: [], usage: { inputTokens: 1, outputTokens: 1 }, error: null });
    expect(terminal.err()).toBe("");
  });

  test("reads no further while many answers are outstanding", async () => {
    const terminal = createFakeTerminal({ input: Array.from({ length: 200 }, (_, index) => `m${index}\n`).join("") });
    const runtime = createFakeRuntime();
    const served = serve(terminal, runtime);
    await runtime.submitted(64);
    await new Promise((resolve) => setImmediate(resolve));
    expect(runtime.turns).toHaveLength(64);
    for (let index = 0; index < 200; index += 1) (await runtime.submitted(index + 1)).end({ output: String(index) });
    await served;
    expect(terminal.out()).toBe(Array.from({ length: 200 }, (_, index) => `${index}\n`).join(""));
  });

  test("stops reading when stdout is closed", async () => {
    const terminal = createFakeTerminal({ input: "a\nb\n" });
    const runtime = createFakeRuntime((turn) => {
      terminal.closeOutput();
      turn.end();
    });
    await serve(terminal, runtime);
    expect(runtime.turns).toHaveLength(1);
  });

  test("cancels what runs on a signal, also while it waits for input", async () => {
    const never = (async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield new TextEncoder().encode("a\n");
      await new Promise(() => undefined);
    })();
    const terminal = createFakeTerminal({ input: never });
    const runtime = createFakeRuntime();
    const served = serve(terminal, runtime);
    const turn = await runtime.submitted(1);
    await new Promise((resolve) => setImmediate(resolve));
    terminal.signal();
    expect(turn.isCancelled).toBe(true);
    turn.end({ status: "cancelled", error: { code: "turn.cancelled", message: "The turn was cancelled." } });
    await served;
    expect(terminal.err()).toContain("turn.cancelled");
  });

  test("waits for a cancelled turn only so long", async () => {
    const terminal = createFakeTerminal({ input: "a\n" });
    const runtime = createFakeRuntime();
    const served = serve(terminal, runtime);
    await runtime.submitted(1);
    terminal.signal("SIGTERM");
    terminal.runOut();
    await served;
    terminal.signal("SIGTERM");
    expect(terminal.left).toEqual([130]);
  });
});
