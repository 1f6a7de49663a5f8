import type { ModelRequest } from "@omni/core";
import { describe, expect, it } from "vitest";
import { openAIProviderOptions } from "../src/index.ts";
import { toChatRequest } from "../src/chat-body.ts";
import { toRequest } from "./endpoint-harness.ts";

const tools: ModelRequest["tools"] = [{ name: "files.read", description: "Reads.", inputSchema: { type: "object" }, readOnly: true }];

function toBody(more: Partial<ModelRequest>, options: unknown = {}): ReturnType<typeof toChatRequest>["body"] {
  return toChatRequest(toRequest("hi", more), "m", openAIProviderOptions.parse(options)).body;
}

describe("toChatRequest", () => {
  it("asks for a stream with usage, and names no tools where there are none", () => {
    expect(toBody({})).toMatchObject({ model: "m", stream: true, stream_options: { include_usage: true } });
    expect(toBody({})).not.toHaveProperty("tools");
    expect(toBody({ tools }).tools).toEqual([{ type: "function", function: { name: "files__read", description: "Reads.", parameters: { type: "object" } } }]);
  });

  it("limits the reply in the word that the endpoint knows; the request goes before the options", () => {
    expect(toBody({ maxOutputTokens: 5 }, { maxOutputTokens: 9 })).toMatchObject({ max_completion_tokens: 5 });
    expect(toBody({}, { maxOutputTokens: 9, baseUrl: "http://127.0.0.1:1/v1" })).toMatchObject({ max_tokens: 9 });
  });

  it("sends the effort where one is set", () => {
    expect(toBody({}, { reasoningEffort: "low" })).toMatchObject({ reasoning_effort: "low" });
    expect(toBody({})).not.toHaveProperty("reasoning_effort");
  });
});
