import { describe, expect, it } from "vitest";
import type { Hook, Memory } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Harness, HarnessOptions } from "./turn-harness.ts";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

const never = (): Promise<never> => new Promise(() => undefined);

/** A part that says it was reached and then heeds nothing. */
function createHang(): { readonly reached: Promise<void>; readonly hang: () => Promise<never> } {
  const reached = Promise.withResolvers<void>();
  return { reached: reached.promise, hang: () => (reached.resolve(), never()) };
}

function withHook(hook: Hook): Partial<HarnessOptions> {
  return { parts: { hooks: [hook] } };
}

/** Stops the turn once its part hangs; what it ended as within two seconds of the clock. */
async function stop(turn: Harness, reached: Promise<void>): Promise<unknown> {
  const end = turn.run();
  await reached;
  turn.stop.abort(new OmniError("turn.cancelled", "stopped by the person"));
  for (let waited = 0; waited < 2_000; waited += 500) await turn.clock.advance(500);
  return Promise.race([end, new Promise((resolve) => setImmediate(() => setImmediate(() => resolve("still running"))))]);
}

describe("RL-80 a stop ends a turn within two seconds though", () => {
  it.each<[string, (hang: () => Promise<never>) => Partial<HarnessOptions>]>([
    ["a hook of the message hangs", (hang) => withHook({ message: hang })],
    ["a hook between two rounds hangs", (hang) => withHook({ modelCall: (request) => (request.messages.length > 1 ? hang() : Promise.resolve(undefined)) })],
    ["a hook of a call hangs", (hang) => withHook({ toolCall: hang })],
    ["a hook of a result hangs", (hang) => withHook({ toolResult: hang })],
    ["the tool hangs", (hang) => ({ tools: [tool("a.b", "once", hang)] })],
    ["the memory hangs", (hang) => ({ parts: { memory: { recall: hang } as unknown as Memory } })],
    ["the model hangs before its first word", (hang) => ({ script: [() => hangAfter([], hang)] })],
    ["the model hangs in the middle of a reply", (hang) => ({ script: [() => hangAfter(["half"], hang)] })],
  ])("%s, and every call in the record has a result", async (_name, make) => {
    const { reached, hang } = createHang();
    const turn = createHarness({ script: [calls(["a.b", {}], ["a.b", { second: true }]), says("never said")], tools: [tool("a.b", "once", async () => text("done"))], ...make(hang) });
    expect(await stop(turn, reached)).toMatchObject({ status: "cancelled", error: { code: "turn.cancelled" } });
    const called = turn.recorded.flatMap((event) => (event.type === "model-reply" ? event.calls : []));
    expect(turn.recorded.filter((event) => event.type === "tool-result")).toHaveLength(called.length);
    expect(turn.recorded.at(-1)?.type).toBe("turn-end");
  });

  it("a hook that ends in time after it still has its say over a result", async () => {
    const { reached, hang } = createHang();
    const redact: Hook = { toolResult: async ({ result }) => ({ ...result, content: [{ type: "text", text: "redacted" }] }) };
    const turn = createHarness({ script: [calls(["a.b", {}])], tools: [tool("a.b", "once", (_input, context) => new Promise((resolve) => (void hang(), context.signal.addEventListener("abort", () => resolve(text("a secret"))))))], ...withHook(redact) });
    expect(await stop(turn, reached)).toMatchObject({ status: "cancelled" });
    const result = turn.recorded.find((event) => event.type === "tool-result");
    expect(JSON.stringify(result)).toContain("redacted");
    expect(JSON.stringify(turn.recorded)).not.toContain("a secret");
  });
});

async function* hangAfter(words: readonly string[], hang: () => Promise<never>) {
  for (const word of words) yield { type: "text-delta" as const, text: word };
  await hang();
}
