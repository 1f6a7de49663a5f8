import { describe, expect, it } from "vitest";
import { toFinishReason } from "../src/finish-reason.ts";

describe("toFinishReason", () => {
  it.each(["stop", "STOP", "tool_calls", "function_call", "end_turn", "eos", "eos_token", "stop_sequence", "COMPLETE"])("takes %s for the end of a whole reply, and its calls with it", (word) => {
    expect([toFinishReason(word, false), toFinishReason(word, true)]).toEqual(["stop", "tool-calls"]);
  });

  it.each([
    ["length", "length"],
    ["MAX_TOKENS", "length"],
    ["model_length", "length"],
    ["content_filter", "content-filter"],
    ["content-filter", "content-filter"],
    ["content_filter: PROHIBITED_CONTENT", "content-filter"],
    ["SAFETY", "content-filter"],
    ["sensitive", "content-filter"],
  ])("takes %s for a reply that was cut, with calls or without", (word, reason) => {
    expect([toFinishReason(word, false), toFinishReason(word, true)]).toEqual([reason, reason]);
  });

  it.each(["insufficient_system_resource", "abort", "network_error", "function_call_filter: MALFORMED_FUNCTION_CALL", "OTHER", "stopped by an operator?", "constructor", "...", ""])("knows nothing of %j", (word) => {
    expect([toFinishReason(word, false), toFinishReason(word, true)]).toEqual([undefined, undefined]);
  });
});
