import { describe, expect, it } from "vitest";
import { checkMessage, mostMessageBytes } from "../src/check-message.ts";

const codeOf = (text: string, hasAttachments = false): string | undefined => {
  try {
    checkMessage(text, hasAttachments);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("checkMessage", () => {
  it.each([
    ["hello", undefined],
    ["", "message.empty"],
    [" \n\t ", "message.empty"],
    ["a\u0000b", "message.invalid"],
    ["a\ud800b", "message.invalid"],
    ["\udc00", "message.invalid"],
    ["😀 \u202e abc", undefined],
    ["x".repeat(mostMessageBytes), undefined],
    ["x".repeat(mostMessageBytes + 1), "message.too-large"],
    ["ä".repeat(mostMessageBytes / 2 + 1), "message.too-large"],
  ])("judges a message (%#)", (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it("takes a message without words when something is attached", () => {
    expect(codeOf("", true)).toBeUndefined();
  });

  it("names the position of what is wrong", () => {
    expect(() => checkMessage("😀ab\ud800", false)).toThrow("position 4");
  });
});
