import type { ContentBlock, Message } from "@omni/core";
import { describe, expect, it } from "vitest";
import { createNameTable } from "../src/name-table.ts";
import { toChatMessages } from "../src/chat-messages.ts";

const names = createNameTable(["files.read"]);
const user = (...content: readonly ContentBlock[]): Message => ({ role: "user", content });
const result = (callId: string, content: readonly ContentBlock[], isError = false): Message => ({ role: "tool", callId, name: "files.read", content, isError });
const call = (args: string): Message => ({ role: "assistant", text: "", toolCalls: [{ id: "a", name: "files.read", arguments: args }] });
const image: ContentBlock = { type: "image", data: "AAAA", mimeType: "image/png" };

describe("toChatMessages", () => {
  it("writes instructions first and plain words as plain text", () => {
    expect(toChatMessages("be good", [user({ type: "text", text: "a" }, { type: "text", text: "b" })], names)).toEqual([
      { role: "system", content: "be good" },
      { role: "user", content: "a\nb" },
    ]);
    expect(toChatMessages("", [], names)).toEqual([]);
  });

  it("writes pictures as data URLs and sound as input_audio", () => {
    const content: readonly ContentBlock[] = [{ type: "text", text: "look" }, image, { type: "audio", data: "BBBB", mimeType: "audio/mpeg" }, { type: "audio", data: "CCCC", mimeType: "audio/flac" }];
    expect(toChatMessages("", [user(...content)], names)).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "look" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          { type: "input_audio", input_audio: { data: "BBBB", format: "mp3" } },
          { type: "text", text: "[Sound of type audio/flac, which this endpoint does not take; send wav or mp3.]" },
        ],
      },
    ]);
  });

  it("writes documents as text, pictures among them as pictures, and says what is not shown", () => {
    const content: readonly ContentBlock[] = [
      { type: "resource", resource: { uri: "file:///a.md", text: "# A" } },
      { type: "resource", resource: { uri: "file:///b.png", mimeType: "image/png", blob: "AAAA" } },
      { type: "resource", resource: { uri: "file:///c.bin", blob: "AAAA" } },
      { type: "resource_link", uri: "file:///d.md", name: "d", description: "the fourth" },
    ];
    expect(toChatMessages("", [user(...content)], names)).toMatchObject([
      { content: [{ text: "[Document file:///a.md]\n# A" }, { type: "image_url" }, { text: expect.stringContaining("not shown") }, { text: "[Document d: file:///d.md, the fourth]" }] },
    ]);
  });

  it("writes calls under wire names, and their results with the call's id", () => {
    expect(toChatMessages("", [call('{"path":"x"}'), result("a", [{ type: "text", text: "content" }])], names)).toEqual([
      { role: "assistant", content: null, tool_calls: [{ id: "a", type: "function", function: { name: "files__read", arguments: '{"path":"x"}' } }] },
      { role: "tool", tool_call_id: "a", content: "content" },
    ]);
  });

  it("leaves out replies of nothing, and keeps those that only call", () => {
    const empty = (text: string): Message => ({ role: "assistant", text, toolCalls: [] });
    const talk: readonly Message[] = [empty(""), user({ type: "text", text: "a" }), empty(" \n"), call("{}"), result("a", []), empty("b")];
    expect(toChatMessages("", talk, names)).toMatchObject([{ role: "user" }, { role: "assistant", content: null }, { role: "tool" }, { role: "assistant", content: "b" }]);
  });

  it("marks a failed result as an error, once", () => {
    const texts = toChatMessages("", [result("a", [{ type: "text", text: "no such file" }], true), result("b", [{ type: "text", text: "Error (tool.unknown): x" }], true)], names);
    expect(texts.map((message) => message.content)).toEqual(["Error: no such file", "Error (tool.unknown): x"]);
  });

  it.each([
    ["", "{}"],
    ["  ", "{}"],
    ["{broken", '{"not_a_json_object":"{broken"}'],
    ["[1]", '{"not_a_json_object":"[1]"}'],
    ['{"a":1}', '{"a":1}'],
  ])("sends earlier arguments %j as a JSON object", (given, sent) => {
    expect(toChatMessages("", [call(given)], names)).toMatchObject([{ tool_calls: [{ function: { arguments: sent } }] }]);
  });

  it("shows pictures of results after the last result of the round, not between results", () => {
    const round: readonly Message[] = [call("{}"), result("a", [image]), result("b", [{ type: "text", text: "words" }, { ...image, data: "BBBB" }]), user({ type: "text", text: "next" })];
    expect(toChatMessages("", round, names)).toMatchObject([
      { role: "assistant" },
      { role: "tool", content: "[Picture 1, shown after the results]" },
      { role: "tool", content: "words\n[Picture 2, shown after the results]" },
      { role: "user", content: [{ type: "text" }, { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }, { image_url: { url: "data:image/png;base64,BBBB" } }] },
      { role: "user", content: "next" },
    ]);
  });
});
