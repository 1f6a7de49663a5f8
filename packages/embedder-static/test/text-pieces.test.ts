import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { toForms, toPieces } from "../src/text-pieces.ts";

describe("toPieces", () => {
  it.each([
    ["It's  Ada’s half-done boat!", ["it's", "ada's", "half-done", "boat"]],
    ["Ключ № 7", ["ключ", "no", "7"]],
    ["自行车", ["自", "行", "车", "自行", "行车"]],
    ["→ !", ["→", "!"]],
    [" \n\t ", []],
    ["", []],
  ])("takes %j apart as %j", (text, pieces) => {
    expect(toPieces(text)).toEqual(pieces);
  });

  it("takes at most two thousand pieces of at most 64 characters from any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.integer({ min: 1, max: 500 }), (text, times) => {
        const pieces = toPieces(text.repeat(times));
        expect(pieces.length).toBeLessThanOrEqual(2_000);
        expect(pieces.every((piece) => piece.length > 0 && piece.length <= 64)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

describe("toForms", () => {
  it.each([
    ["ada's", [["ada"]]],
    ["half-done", [["half", "done"]]],
    ["cities", [["city"], ["citi"], ["citie"]]],
    ["baked", [["bak"], ["bake"]]],
    ["boat", []],
  ])("knows %j as %j", (word, forms) => {
    expect(toForms(word)).toEqual(forms);
  });
});
