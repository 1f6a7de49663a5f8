import { describe, expect, it } from "vitest";
import { findFrameId } from "../src/web-socket/find-frame-id.ts";

const find = (text: string): string | undefined => findFrameId(Buffer.from(text));
const long = "x".repeat(5_000);

describe("the id of a frame that is refused", () => {
  it.each([
    ["at its beginning", `{"id":"a","type":"message","message":"${long}"}`, "a"],
    ["behind lists, objects and texts that look like it", `{"n":["\\"id\\":","b"],"o":{"id":"c"},"t":"{\\"id\\":\\"d\\"","id" : "a","message":"${long}"}`, "a"],
    ["with signs that are written otherwise", '{"id":"\\u0061\\"b"}', 'a"b'],
    ["twice, of which the last counts", '{"id":"b","id":"a"}', "a"],
  ])("is found %s", (_where, text, id) => {
    expect(find(text)).toBe(id);
    expect(findFrameId(new Uint8Array(Buffer.from(text)).buffer)).toBe(id);
  });

  it.each([
    ["behind the first 1,024 bytes", `{"message":"${long}","id":"a"}`],
    ["as it is cut off there", `{"message":"${"x".repeat(1_000)}","id":"aaaaaaaaaaaaa"}`],
    ["as a number", '{"id":7}'],
    ["as a text that is too long", `{"id":"${"x".repeat(129)}"}`],
    ["in an object of it", '{"o":{"id":"a"}}'],
    ["as what it says", '{"message":"id","type":"a"}'],
    ["in what is no JSON", "id: a"],
    ["in nothing but quotes", '"\\"'.repeat(400)],
    ["in nothing at all", ""],
  ])("is none %s", (_where, text) => expect(find(text)).toBeUndefined());
});
