import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toWords } from "../src/words.ts";

describe("the words of a text", () => {
  it.each([
    ["Two DOGS walked; a dog is walking.", ["two", "dog", "walk"]],
    ["stories and a story", ["story"]],
    ["ＦＵＬＬ ﬁt", ["full", "fit"]],
    ["Ключ, ключ", ["ключ"]],
    ["我的钥匙", ["我的", "的钥", "钥匙"]],
    ["猫", ["猫"]],
    ["ラーメンを3杯", ["ラー", "ーメ", "メン", "ンを", "3", "杯"]],
    ["a 🦓 and a 🦒", ["🦓", "🦒"]],
    ["what do you know of this?", []],
    ["\"'()*^:-\0", []],
    ["", []],
  ])("of %j are %j", (text, words) => {
    expect(toWords(text)).toEqual(new Set(words));
  });

  it("are found again in any text, hold no punctuation and are the same in either case", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), (left, right) => {
        const words = toWords(`${left} ${right}`);
        for (const word of words) expect(word).toMatch(/^[\p{L}\p{M}\p{N}]+$|^\p{Extended_Pictographic}$/u);
        for (const word of toWords(left)) expect(words.has(word)).toBe(true);
      }),
    );
  });
});
