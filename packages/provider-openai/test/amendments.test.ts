import type { ContentBlock, ModelRequest } from "@omni/core";
import { describe, expect, it } from "vitest";
import { openAIProviderOptions } from "../src/index.ts";
import { findAmendment } from "../src/amendments.ts";
import { toChatRequest } from "../src/chat-body.ts";
import { toRequest } from "./endpoint-harness.ts";

type Body = ReturnType<typeof toChatRequest>["body"];

const tools: ModelRequest["tools"] = [{ name: "files.read", description: "Reads.", inputSchema: { type: "object" }, readOnly: true }];
const picture: ContentBlock = { type: "image", data: "AAAA", mimeType: "image/svg+xml" };

function toBody(more: Partial<ModelRequest>, options: unknown = {}): Body {
  return toChatRequest(toRequest("hi", more), "m", openAIProviderOptions.parse(options)).body;
}

function amend(body: Body, refusal: string): Body | undefined {
  return findAmendment(body, refusal)?.apply(body);
}

describe("findAmendment", () => {
  it("renames the limit, turns the effort off beside tools, and drops stream options, each once", () => {
    const limited = toBody({ maxOutputTokens: 5 }, { baseUrl: "http://127.0.0.1:1/v1" });
    const renamed = amend(limited, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.");
    expect(renamed).toMatchObject({ max_completion_tokens: 5 });
    expect(renamed).not.toHaveProperty("max_tokens");

    const refusal = "Function tools with reasoning_effort are not supported for x in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.";
    const silent = amend(toBody({ tools }), refusal);
    expect(silent).toMatchObject({ reasoning_effort: "none" });
    expect(silent && amend(silent, refusal)).toBeUndefined();
    expect(amend(toBody({}), refusal)).toBeUndefined();

    const bare = amend(toBody({}), "Extra inputs are not permitted: stream_options");
    expect(bare).not.toHaveProperty("stream_options");
    expect(bare && amend(bare, "stream_options")).toBeUndefined();
  });

  it.each([
    "Invalid content type. image_url is only supported by certain models.",
    "messages[0]: unknown variant `image_url`, expected `text`",
    "Unable to process input image",
    "m is not a multimodal model",
    "'messages.0.content' : content must be a string",
    "No endpoints found that support image input",
    "图片输入格式/解析错误",
  ])("says in words where pictures are, after %j", (refusal) => {
    const body = toBody({ messages: [{ role: "user", content: [{ type: "text", text: "look" }, picture, picture] }] });
    const amended = amend(body, refusal);
    expect(amended?.messages.at(-1)).toEqual({ role: "user", content: "look\n[A picture that the model cannot take]\n[A picture that the model cannot take]" });
    expect(amended && amend(amended, refusal)).toBeUndefined();
  });

  it("takes away pictures of tool results too, and keeps sound and what holds no picture as it is", () => {
    const sound: ContentBlock = { type: "audio", data: "BBBB", mimeType: "audio/wav" };
    const messages: ModelRequest["messages"] = [
      { role: "user", content: [sound] },
      { role: "assistant", text: "", toolCalls: [{ id: "a", name: "files.read", arguments: "{}" }] },
      { role: "tool", callId: "a", name: "files.read", content: [picture], isError: false },
      { role: "user", content: [sound, picture] },
    ];
    const body = toBody({ messages, tools });
    const amended = amend(body, "no image input");
    expect(amended?.messages.slice(0, 4)).toEqual(body.messages.slice(0, 4));
    expect(amended?.messages.slice(4)).toEqual([
      { role: "user", content: expect.stringMatching(/^\[What the tool results.*\n\[A picture that the model cannot take\]$/) },
      { role: "user", content: [{ type: "input_audio", input_audio: { data: "BBBB", format: "wav" } }, { type: "text", text: "[A picture that the model cannot take]" }] },
    ]);
  });

  it("leaves a request alone that was refused for anything else, or for pictures that it does not hold", () => {
    expect(amend(toBody({ tools }), "Invalid value for messages[0].")).toBeUndefined();
    expect(amend(toBody({}), "no image input")).toBeUndefined();
    expect(amend(toBody({ messages: [{ role: "user", content: [picture] }] }), "Invalid value in the revision.")).toBeUndefined();
  });
});
