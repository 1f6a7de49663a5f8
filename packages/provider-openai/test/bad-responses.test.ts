import { gzipSync } from "node:zlib";
import type { FakeOpenAIReply } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { collect, createHarness, toRequest } from "./endpoint-harness.ts";

const json = { "content-type": "application/json" };
const plain = { "content-type": "text/plain" };

const cases: readonly (readonly [what: string, reply: FakeOpenAIReply, code: string, words: string])[] = [
  ["a web page", { html: true }, "provider.bad-response", "a web page"],
  ["a web page that says it is plain text", { rawBody: "\n<!doctype html><p>hello", headers: plain }, "provider.bad-response", "a web page"],
  ["a web page that says it is an event stream", { rawBody: "<html></html>" }, "provider.bad-response", "a web page"],
  ["JSON that is no completion", { rawBody: '{"ok":true}', headers: json }, "provider.bad-response", "no completion"],
  ["a list", { rawBody: "[]", headers: json }, "provider.bad-response", "no completion"],
  ["broken JSON", { rawBody: '{"choices":', headers: json }, "provider.bad-response", "broken JSON"],
  ["nothing, as JSON", { rawBody: "", headers: json }, "provider.bad-response", "broken JSON"],
  ["events that are no JSON", { rawBody: "data: {x}\n\ndata: [DONE]\n\n" }, "provider.bad-response", "no JSON"],
  ["bytes that only claim to be compressed", { rawBody: "not gzip at all", headers: { "content-encoding": "gzip" } }, "provider.bad-response", "compressed"],
  ["compressed bytes that are cut", { rawBody: gzipSync('data: {"choices":[]}\n\n'.repeat(50)).subarray(0, 40), headers: { "content-encoding": "gzip" } }, "provider.", ""],
  ["an event without an end", { endless: "x" }, "provider.bad-response", "one event of more than"],
  ["JSON without an end", { endless: " ", headers: json }, "provider.", ""],
  ["nothing, as an event stream", { rawBody: "" }, "provider.cut", "broke off"],
  ["only [DONE]", { rawBody: "data: [DONE]\n\n" }, "provider.cut", "broke off"],
  ["an error with status 200", { rawBody: '{"error":{"message":"no such model","code":404}}', headers: json }, "provider.not-found", "no such model"],
  ["an error inside the stream", { rawBody: 'data: {"error":{"message":"overloaded","code":503}}\n\n' }, "provider.unavailable", "overloaded"],
  ["an error event", { rawBody: 'event: error\ndata: {"message":"bad thing","type":"invalid_request_error"}\n\n' }, "provider.refused", "bad thing"],
  ["a finish that is an error", { text: [], finish: "error" }, "provider.unavailable", "error of its own"],
  ["a finish that is an error in capitals", { text: [], finish: "ERROR" }, "provider.unavailable", "error of its own"],
  ["a finish that nobody knows", { text: [], finish: `${"x".repeat(200)}\n` }, "provider.cut", `"${"x".repeat(60)}"`],
  ["a finish that means none", { text: [], finish: "null" }, "provider.cut", "broke off"],
  ["an endless error", { status: 500, headers: json, endless: "x" }, "provider.unavailable", "(500)"],
];

describe("an answer that is no reply", () => {
  it.each(cases)("%s is a bounded error", async (_what, reply, code, words) => {
    const { provider } = await createHarness({ script: () => reply, with: { maxRetries: 0 } });
    const { events, error } = await collect(provider, toRequest("hi"));
    expect(events).toEqual([]);
    expect(error).toMatchObject({ code: expect.stringContaining(code), message: expect.stringContaining(words) });
  });
});
