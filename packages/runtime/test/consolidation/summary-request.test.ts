import { describe, expect, it } from "vitest";
import { toBudget } from "@omni/agent";
import type { ModelRequest } from "@omni/core";
import { createManualClock, createRecordingLog, createScriptedProvider, textReply } from "@omni/testkit/fakes";
import type { TurnDigest } from "../../src/consolidation/turn-digest.ts";
import { createEstimatingTokens } from "../../src/host/estimating-tokens.ts";
import { summarise } from "../../src/consolidation/summarise.ts";
import { toSummaryRequest } from "../../src/consolidation/summary-request.ts";

const tokens = createEstimatingTokens();
const clock = createManualClock();
const context = { sessionId: "test:a", signal: new AbortController().signal };
const english = "The second bed by the wall is four metres long and lies in the sun. ".repeat(60);
const chinese = "石墙上的青苔长得很慢，院子里的井在去年冬天结了冰。".repeat(120);

function toDigests(count: number, text: string): readonly TurnDigest[] {
  return Array.from({ length: count }, (_, index) => ({ turnId: `t${index}`, at: index, principalId: "owner", user: `turn ${index}: ${text}`, output: text, calls: [{ name: "files.read", status: "completed", text, isForeign: false }], isOwn: true, isTrusted: true }));
}

function textOf(request: ModelRequest | undefined): string {
  const [block] = request?.messages[0]?.role === "user" ? request.messages[0].content : [];
  return block?.type === "text" ? block.text : "";
}

function toTokens(request: ModelRequest): number {
  return tokens.count(request.system) + tokens.count(textOf(request));
}

describe("the request for a summary", () => {
  const contexts = [2_048, 4_096, 8_192, 32_000, 128_000] as const;
  const cases = contexts.flatMap((contextTokens) => [["English", contextTokens, english] as const, ["Chinese", contextTokens, chinese] as const]);

  it.each(cases)("is within the budget of the context with all turns in it, one request after another: %s, %i tokens", async (_name, contextTokens, text) => {
    const provider = createScriptedProvider(() => textReply(JSON.stringify({ summary: text.slice(0, 4_800), experiences: [{ intent: "a", experience: "b", outcome: "c" }] })));
    const log = createRecordingLog();
    const { experiences } = await summarise(text.slice(0, 4_800), toDigests(32, text), { provider, hooks: [], tokens, contextTokens: async () => contextTokens, clock, log }, context);
    expect(log.lines).toEqual([]);
    expect(experiences).toHaveLength(provider.requests.length);
    for (const request of provider.requests) {
      expect(toTokens(request)).toBeLessThanOrEqual(toBudget(contextTokens));
      expect(toTokens(request) + (request.maxOutputTokens ?? Infinity)).toBeLessThanOrEqual(contextTokens);
    }
    const shown = provider.requests.map(textOf).join("\n");
    for (let index = 0; index < 32; index += 1) expect(shown).toContain(`turn ${index}:`);
  });

  it("uses the room there is, and no more of a large context than of a middling one", () => {
    const toUsed = (contextTokens: number): number => {
      const request = toSummaryRequest({ previous: "", digests: toDigests(32, english), contextTokens }, tokens);
      return request === undefined ? 0 : toTokens(request);
    };
    expect(toUsed(32_000)).toBeGreaterThan(9_000);
    expect(toUsed(1_000_000)).toBe(toUsed(32_000));
    expect(toUsed(1_000_000)).toBeLessThanOrEqual(12_000);
  });

  it("says short turns whole, however long others are", () => {
    const digests = [...toDigests(8, "short and whole"), ...toDigests(1, english.repeat(100))];
    const text = textOf(toSummaryRequest({ previous: "", digests, contextTokens: 8_192 }, tokens));
    expect(text.match(/assistant: short and whole\n/g)).toHaveLength(8);
    expect(text).toContain(" … ");
  });

  it("is left at a stop also while nobody says how large the context is", async () => {
    const stop = new AbortController();
    const summary = summarise("", toDigests(1, english), { provider: createScriptedProvider(), hooks: [], tokens, contextTokens: () => new Promise(() => undefined), clock, log: createRecordingLog() }, { ...context, signal: stop.signal });
    const told = expect(summary).rejects.toThrow("stopped");
    stop.abort(new Error("stopped"));
    await clock.advance(500);
    await told;
  });

  it("is not made for a context in which no sentence would be left; then the turns' own sentences are the summary", async () => {
    expect(toSummaryRequest({ previous: "", digests: toDigests(1, english), contextTokens: 300 }, tokens)).toBeUndefined();
    const provider = createScriptedProvider([]);
    const log = createRecordingLog();
    const { summary } = await summarise("", toDigests(1, english), { provider, hooks: [], tokens, contextTokens: async () => 300, clock, log }, context);
    expect(summary).toContain("four metres");
    expect([provider.requests.length, log.lines.length]).toEqual([0, 1]);
  });
});
