import { describe, expect, it } from "vitest";
import type { FinishReason, Message, ModelEvent } from "@omni/core";
import { toEarlierTurn } from "../src/index.ts";
import type { Harness, HarnessOptions } from "./turn-harness.ts";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

const ends = (reason: FinishReason, words = ""): readonly ModelEvent[] => [...(words === "" ? [] : [{ type: "text-delta" as const, text: words }]), { type: "finish", reason, usage: { inputTokens: 1, outputTokens: 1, reported: true } }];
const wordsOf = (message: Message): string => (message.role === "assistant" ? message.text : message.content.map((block) => (block.type === "text" ? block.text : block.type)).join());
const isBlank = (message: Message): boolean => message.role === "assistant" && message.text.trim() === "" && message.toolCalls.length === 0;

/** A turn that has run, and what later turns are shown of it. */
async function run(script: HarnessOptions["script"], more: Partial<HarnessOptions> = {}): Promise<{ readonly turn: Harness; readonly later: readonly Message[] }> {
  const turn = createHarness({ script, tools: [tool("a.b", "read", async () => text("seen"))], ...more });
  await turn.run();
  return { turn, later: toEarlierTurn("t1", turn.recorded, undefined).messages };
}

describe("a reply of nothing", () => {
  it.each([
    ["cut before its first word", [ends("length")], "[The reply was cut at the model's length limit.]"],
    ["cut after calls", [calls(["a.b", {}]), ends("length", " \n")], "[The reply was cut at the model's length limit.]"],
    ["twice", [ends("stop"), ends("stop")], "[This turn ended: failed.]"],
  ] as const)("%s stands in no later request; what the person was told does", async (_how, script, words) => {
    const { later } = await run(script);
    expect(later.filter(isBlank)).toEqual([]);
    expect(later.at(-1)).toEqual({ role: "assistant", text: expect.stringContaining(words), toolCalls: [] });
  });

  it("stands not in the request that asks once more, and a message that came in meanwhile does", async () => {
    const { turn, later } = await run([says(""), says("now")], { parts: { takeSteering: (round) => (round === 1 ? [{ text: "mind the cat" }] : []) } });
    expect(turn.requests[1]?.messages.filter(isBlank)).toEqual([]);
    expect(turn.requests[1]?.messages.map(wordsOf).at(-1)).toBe("mind the cat");
    expect(later.map(wordsOf).slice(-2)).toEqual(["mind the cat", "now"]);
  });
});

describe("a reply that ended for a reason that is not known", () => {
  it("is told with a word that it may be incomplete", async () => {
    const { turn } = await run([ends("other", "half of it")]);
    expect(turn.recorded.at(-1)).toMatchObject({ type: "turn-end", status: "limited", output: expect.stringMatching(/^half of it\n\n\[The reply may be incomplete/), error: { code: "turn.limited" } });
  });

  it("has none of its calls run; the model is told, and goes on", async () => {
    let ran = 0;
    const cut = calls(["a.once", {}], ["a.b", {}]).map((event): ModelEvent => (event.type === "finish" ? { ...event, reason: "other" } : event));
    const { turn } = await run([cut, says("then not")], { tools: [tool("a.once", "once", async () => ((ran += 1), text("did it"))), tool("a.b", "read", async () => ((ran += 1), text("seen")))] });
    expect(ran).toBe(0);
    expect(turn.recorded.at(-1)).toMatchObject({ status: "completed", output: "then not", toolCalls: [{ name: "a.once", status: "failed" }, { name: "a.b", status: "failed" }] });
    expect(turn.requests[1]?.messages.map(wordsOf).at(-1)).toContain("may be incomplete");
  });
});
