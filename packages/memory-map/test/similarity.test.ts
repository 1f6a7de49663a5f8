import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TextWords } from "../src/similarity.ts";
import { createSimilarity } from "../src/similarity.ts";

const words = (text: string): Set<string> => new Set(text.split(" ").filter((word) => word !== ""));
const toText = (own: string, near = ""): TextWords => ({ own: words(own), near: words(near) });

describe("similarity", () => {
  it("is one for a text with every word of the query and nothing for one with none", () => {
    const texts = [toText("red kite flies"), toText("blue boat")];
    const similarity = createSimilarity(texts);
    expect(texts.map((text) => similarity(words("red kite"), text))).toEqual([1, 0]);
  });

  it("weighs a rare word more than a common one", () => {
    const texts = [toText("boat red"), toText("boat blue"), toText("boat green"), toText("kite")];
    const similarity = createSimilarity(texts);
    const [boat = 0, , , kite = 0] = texts.map((text) => similarity(words("boat kite"), text));
    expect(kite).toBeGreaterThan(boat);
  });

  it("counts a word beside a text half", () => {
    const texts = [toText("yes", "kite"), toText("boat")];
    expect(createSimilarity(texts)(words("kite"), toText("yes", "kite"))).toBe(0.5);
  });

  it("asks a long query for twelve of its words only", () => {
    const text = toText("a b c d e f");
    const query = words(Array.from({ length: 100 }, (_, index) => String.fromCharCode(97 + index)).join(" "));
    expect(createSimilarity([text])(query, text)).toBeCloseTo(0.5);
  });

  it("lies in [0, 1] whatever the words are", () => {
    const set = fc.uniqueArray(fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz")).map((letters) => new Set(letters));
    const texts = fc.array(fc.record({ own: set, near: set }), { minLength: 1 });
    fc.assert(
      fc.property(texts, set, (given, query) => {
        const similarity = createSimilarity(given);
        for (const text of given) expect(similarity(query, text)).toSatisfy((value: number) => value >= 0 && value <= 1);
      }),
    );
  });
});
