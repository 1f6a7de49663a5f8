import { describe, expect, it } from "vitest";
import type { DurableEvent, Tool, ToolContext } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AgentParts } from "../src/index.ts";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

/** A person who says nothing, and the questions that are open. */
function createSilence() {
  const open = new Set<string>();
  const asked = Promise.withResolvers<void>();
  const ask: AgentParts["ask"] = ({ askId }, signal) =>
    new Promise((_resolve, reject) => {
      const close = (): void => {
        open.delete(askId);
        // Whoever waited takes its place back first.
        setImmediate(() => reject(signal.reason as Error));
      };
      open.add(askId);
      signal.addEventListener("abort", close, { once: true });
      asked.resolve();
    });
  return { ask, open, asked: asked.promise };
}

const question = { question: "which?" };
const ofQuestion = (events: readonly DurableEvent[]): readonly string[] => events.map(({ type }) => type).filter((type) => ["ask", "answer", "tool-result"].includes(type));

/** What a tool does beside its question, once that is open. */
const tools: readonly (readonly [string, (context: ToolContext, asked: Promise<void>) => ReturnType<Tool["execute"]>])[] = [
  ["waits for something else as well", (context, asked) => Promise.race([context.ask(question).then((answer) => text(answer)), asked.then(() => text("went on"))])],
  ["fails meanwhile", async (context, asked) => text((await Promise.all([context.ask(question), asked.then(() => Promise.reject(new Error("broke")))]))[0])],
  ["waits for no answer", async (context, asked) => (void context.ask(question), await asked, text("went on"))],
];

describe("a question of a call that ends before it is answered", () => {
  it.each(tools)("is closed as nobody's, before the result is recorded, where its tool %s", async (_what, execute) => {
    const { ask, open, asked } = createSilence();
    const contexts: ToolContext[] = [];
    const turn = createHarness({ script: [calls(["a.b", {}]), says("ok")], tools: [tool("a.b", "once", (_input, context) => (contexts.push(context), execute(context, asked)))], parts: { ask } });
    expect((await turn.run())?.output).toBe("ok");
    expect([ofQuestion(turn.recorded), open.size]).toEqual([["ask", "answer", "tool-result"], 0]);
    expect(turn.recorded.find((event) => event.type === "answer")).toMatchObject({ decision: "deny", by: "nobody" });
    expect(contexts[0]?.signal.aborted).toBe(false);
  });

  it("does not keep the turn's time from running", async () => {
    const { ask, asked } = createSilence();
    const reached = Promise.withResolvers<void>();
    const turn = createHarness({
      script: [calls(["a.b", {}]), async function* () { reached.resolve(); await new Promise(() => undefined); yield* says("late"); }],
      tools: [tool("a.b", "once", async (_input, context) => (void context.ask(question), await asked, text("went on")))],
      parts: { ask },
      limits: { timeoutMs: 5_000 },
    });
    const running = turn.run();
    await reached.promise;
    await turn.clock.advance(6_000);
    expect(turn.recorded.at(-1)).toMatchObject({ type: "turn-end", status: "limited", error: { code: "turn.timeout" } });
    await running;
  });

  it("has the answer that is being written when its call ends, and no other", async () => {
    const answering = Promise.withResolvers<void>();
    const turn = createHarness({
      script: [calls(["a.b", {}]), says("ok")],
      tools: [tool("a.b", "once", async (_input, context) => (void context.ask(question), await answering.promise, text("went on")))],
      parts: {
        ask: (_event, signal, record) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
            void record({ decision: "allow", answer: "blue", by: "owner" });
            answering.resolve();
          }),
      },
    });
    await turn.run();
    expect(ofQuestion(turn.recorded)).toEqual(["ask", "answer", "tool-result"]);
    expect(turn.recorded.find((event) => event.type === "answer")).toMatchObject({ answer: "blue", by: "owner" });
  });

  it.each(["gateway.draining", "turn.cancelled"] as const)("stays as it is where the whole turn is stopped: %s", async (code) => {
    const { ask, open, asked } = createSilence();
    const turn = createHarness({ script: [calls(["a.b", {}])], tools: [tool("a.b", "once", async (_input, context) => text(await context.ask(question)))], parts: { ask } });
    const running = turn.run();
    await asked;
    turn.stop.abort(new OmniError(code, "stopped"));
    await running;
    expect([turn.recorded.some((event) => event.type === "answer"), open.size]).toEqual([false, 0]);
  });
});
