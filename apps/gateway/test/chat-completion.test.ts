import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { TurnEndStatus } from "@omni/core";
import type { LiveEvent } from "@omni/runtime";
import { toChunkEncoding } from "../src/openai/chat-completion.ts";

type Step = { readonly text: string } | "tool" | "reset";

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string }; readonly finish_reason: string | null }[];
}

function toEvent(step: Step): LiveEvent["event"] {
  if (step === "reset") return { type: "text-reset", reason: "recovered" };
  if (step === "tool") return { type: "tool-call", callId: "c", round: 1, index: 0, name: "t", arguments: {}, effect: "read", idempotencyKey: "k", at: 0 };
  return { type: "text-delta", text: step.text };
}

function endingWith(output: string, status: TurnEndStatus): LiveEvent["event"] {
  return { type: "turn-end", status, sessionId: "http:a", turnId: "t1", output, rounds: 1, toolCalls: [], usage: { inputTokens: 1, outputTokens: 2 }, error: status === "failed" ? { code: "provider.cut", message: "cut" } : null, tokens: 0, at: 0 };
}

/** What a client has read of a turn that went like this. */
function read(steps: readonly Step[], output: string, status: TurnEndStatus = "completed"): { readonly text: string; readonly finish: string | null | undefined; readonly raw: string } {
  const encoding = toChunkEncoding({ turnId: "t1", model: "omni", at: 1_000 }, { principal: { id: "me", scopes: [] }, requestId: "r", includesUsage: false });
  const events = [...steps.map(toEvent), endingWith(output, status)];
  const raw = encoding.head + events.map((event, index) => encoding.write({ kind: "event", id: `1.${index}`, event, data: {} }) ?? "").join("");
  const chunks = [...raw.matchAll(/^data: (\{.*\})$/gm)].map(([, data = ""]) => JSON.parse(data) as Partial<Chunk>);
  return { text: chunks.map((chunk) => chunk.choices?.[0]?.delta.content ?? "").join(""), finish: chunks.at(-1)?.choices?.[0]?.finish_reason, raw };
}

describe("a streamed chat completion", () => {
  it.each<[string, readonly Step[], string, string]>([
    ["the answer as it comes", [{ text: "a" }, { text: "b" }], "ab", "ab"],
    ["what is said between calls, apart", [{ text: "I look." }, "tool", { text: "Done." }], "Done.", "I look.\n\nDone."],
    ["what was never streamed", [], "whole", "whole"],
    ["the rest of what was streamed in part", [{ text: "ab" }], "abcd", "abcd"],
    ["no more than once what only differs in the space around it", [{ text: "ab \n" }], "ab", "ab \n"],
    ["an answer after calls that was not streamed", [{ text: "I look." }, "tool"], "Limit reached.", "I look.\n\nLimit reached."],
    ["after a reset nothing twice: the rest", [{ text: "ab" }, "reset", { text: "ab" }, { text: "cd" }], "abcd", "abcd"],
    ["after a reset the whole answer where it became another", [{ text: "ab" }, "reset", { text: "xy" }], "xy", "ab\n\nxy"],
    ["nothing where there is nothing", [], "", ""],
  ])("has %s", (_what, steps, output, text) => {
    expect(read(steps, output)).toMatchObject({ text, finish: "stop", raw: expect.stringMatching(/data: \[DONE\]\n\n$/) });
  });

  it("always ends with the answer", () => {
    const step: fc.Arbitrary<Step> = fc.oneof(fc.record({ text: fc.string() }), fc.constant("tool" as const), fc.constant("reset" as const));
    fc.assert(fc.property(fc.array(step), fc.string(), (steps, output) => read(steps, output).text.trim().endsWith(output.trim())));
  });

  it("says that it was cut short, or that it failed", () => {
    expect(read([{ text: "ab" }], "ab", "limited").finish).toBe("length");
    const { raw } = read([{ text: "ab" }], "", "failed");
    expect(raw).toContain('"error":{"code":"provider.cut","message":"cut","requestId":"r"}');
    expect(raw).not.toContain("[DONE]");
  });

  it("says that it was cut where its turn has not ended, and nothing behind an end", () => {
    const encoding = toChunkEncoding({ turnId: "t1", model: "omni", at: 1_000 }, { principal: { id: "me", scopes: [] }, requestId: "r", includesUsage: false });
    expect(encoding.end()).toMatch(/^data: \{"error":\{"code":"provider.cut","message":"[^"]*GET \/turns\/t1[^"]*","requestId":"r"\},"turn_id":"t1"\}\n\n$/);
    encoding.write({ kind: "event", id: "1.1", event: endingWith("x", "completed"), data: {} });
    expect(encoding.end()).toBe("");
  });
});
