import { estimateTokenCount } from "tokenx";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateTokens } from "../../src/host/estimate-tokens.ts";

const languageConfigs = [
  { pattern: /^(?=.*\d)[A-Za-z\d]{20,}$/, averageCharsPerToken: 1.6 },
  { pattern: /[\u0590-\u10FF\u1200-\u1CFF]/, averageCharsPerToken: 2.2 },
];

const asciiPieces = ["word", "Word", "longerword", "x9", "12345", "a1B2c3D4e5F6g7H8i9J0k", " ", "  ", "\n", "\n\n", "\t", "\r\n", "\v", ".", "...", "--------", "{\"key\":", "don't", "_", "\u0000", "\u001c", "\u007f"];
const farPieces = ["привет", "мир,", "世界", "。", "、foo", "ガギグ", "한국어", "שלום", "é", "naïve", "\u00a0", "\u3000", "🙂", "👩‍👩‍👧", "\ud800", "สวัสดี", "：", "“quoted”", "…"];

describe("the estimate's pass over a text", () => {
  it("gives the library's own number for any ASCII text", () => {
    const texts = fc.oneof(fc.array(fc.constantFrom(...asciiPieces), { maxLength: 40 }).map((pieces) => pieces.join("")), fc.string({ unit: "binary-ascii", maxLength: 200 }));
    fc.assert(fc.property(texts, (text) => void expect(estimateTokens(text)).toBe(estimateTokenCount(text, { languageConfigs }))), { numRuns: 5_000 });
  });

  it("gives it for text of any script", () => {
    const texts = fc.array(fc.constantFrom(...asciiPieces, ...farPieces), { maxLength: 40 }).map((pieces) => pieces.join(""));
    fc.assert(fc.property(texts, (text) => void expect(estimateTokens(text)).toBe(estimateTokenCount(text, { languageConfigs }))), { numRuns: 5_000 });
  });
});
