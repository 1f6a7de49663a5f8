import type { ModelRequest } from "@omni/core";
import { describe, expect, it } from "vitest";
import { openAIProviderOptions } from "../src/index.ts";
import { toAmendedBody, toChatRequest } from "../src/chat-body.ts";
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

describe("toAmendedBody", () => {
  it("renames the limit, turns the effort off beside tools, and drops stream options, each once", () => {
    const limited = toBody({ maxOutputTokens: 5 }, { baseUrl: "http://127.0.0.1:1/v1" });
    const renamed = toAmendedBody(limited, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.");
    expect(renamed).toMatchObject({ max_completion_tokens: 5 });
    expect(renamed).not.toHaveProperty("max_tokens");

    const refusal = "Function tools with reasoning_effort are not supported for x in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.";
    const silent = toAmendedBody(toBody({ tools }), refusal);
    expect(silent).toMatchObject({ reasoning_effort: "none" });
    expect(silent && toAmendedBody(silent, refusal)).toBeUndefined();
    expect(toAmendedBody(toBody({}), refusal)).toBeUndefined();

    const bare = toAmendedBody(toBody({}), "Extra inputs are not permitted: stream_options");
    expect(bare).not.toHaveProperty("stream_options");
    expect(bare && toAmendedBody(bare, "stream_options")).toBeUndefined();
  });

  it("leaves a request alone that was refused for anything else", () => {
    expect(toAmendedBody(toBody({ tools }), "Invalid value for messages[0].")).toBeUndefined();
  });
});
