import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitText } from "../../src/channels/split-text.ts";

/** Texts of words, lines, paragraphs and characters of several units. */
const texts = fc.array(fc.oneof(fc.constantFrom(" ", "\n", "\n\n", ". ", "\t", "🇩🇪", "👩‍👩‍👧‍👦", "e\u0301", "あ。 "), fc.string({ maxLength: 12 })), { maxLength: 25 }).map((pieces) => pieces.join(""));

/** A text without its white space. */
const inkOf = (text: string): string => text.replaceAll(/\s/g, "");

describe("splitText", () => {
  it("makes pieces of the length at most, none of them empty, also of text that is no valid Unicode", () => {
    const any = fc.oneof(texts, fc.string({ unit: fc.constantFrom("\ud83d", "\ude00", "\ufeff", "\u0000", "\r", " ", "a") }));
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 40 }), (text, most) => {
        const pieces = splitText(text, most);
        expect(pieces.filter((piece) => piece.trim() === "")).toEqual([]);
        expect(pieces.filter((piece) => piece.length > most)).toEqual([]);
        expect(inkOf(pieces.join(""))).toBe(inkOf(text));
      }),
    );
  });

  it("leaves out nothing but white space at the cuts, and keeps all within a piece", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 40 }), (text, most) => {
        let rest = text.trim();
        for (const piece of splitText(text, most)) {
          expect(rest.startsWith(piece)).toBe(true);
          rest = rest.slice(piece.length).trimStart();
        }
        expect(rest).toBe("");
      }),
    );
  });

  it("never parts a pair of surrogates where a piece has room for one", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 2, max: 40 }), (text, most) => {
        fc.pre(text.isWellFormed());
        expect(splitText(text, most).filter((piece) => !piece.isWellFormed())).toEqual([]);
      }),
    );
  });

  it("parts no character that a person sees, wherever the cut would have come", () => {
    for (let most = 70; most < 90; most += 1) {
      for (const character of ["🇩🇪", "👩‍👩‍👧‍👦", "e\u0301", "👍🏽"]) {
        const pieces = splitText(character.repeat(200), most);
        expect(pieces.map((piece) => piece.length % character.length)).toEqual(pieces.map(() => 0));
      }
    }
  });

  it("cuts at the end of a paragraph, else of a line, else of a sentence, else of a word", () => {
    expect(splitText("one two.\nthree.\n\nfour. five", 20)).toEqual(["one two.\nthree.", "four. five"]);
    expect(splitText("one two.\nthree. four five", 20)).toEqual(["one two.\nthree.", "four five"]);
    expect(splitText("one two three\nfour. five six", 20)).toEqual(["one two three", "four. five six"]);
    expect(splitText("one two three. four five six", 20)).toEqual(["one two three.", "four five six"]);
    expect(splitText("one two three four five six", 20)).toEqual(["one two three four", "five six"]);
    expect(splitText("x".repeat(45), 20)).toEqual(["x".repeat(20), "x".repeat(20), "x".repeat(5)]);
  });

  it("takes no seam in the first half of a piece", () => {
    expect(splitText(`Hi.\n\n${"word ".repeat(10)}`, 30)[0]).toBe("Hi.\n\nword word word word word");
  });

  it("gives a text that fits as it is, and nothing for one without words", () => {
    expect(splitText("  a\n\n b ", 10)).toEqual(["a\n\n b"]);
    expect(splitText(" \n\t ", 3)).toEqual([]);
    expect(splitText("", 1)).toEqual([]);
  });

  it("looks at each character a few times only, however long and awkward the text is", () => {
    const size = 1_000_000;
    for (const text of ["x".repeat(size), "\n ".repeat(size / 2) + "x", `x${" ".repeat(size)}x`, "🇩🇪".repeat(size / 4), `e${"\u0301".repeat(size)}`, "a. b\n\n".repeat(size / 6)]) {
      const begun = performance.now();
      const pieces = splitText(text, 2_000);
      // A quadratic splitter takes minutes; this takes a fraction of a second.
      expect(performance.now() - begun).toBeLessThan(5_000);
      expect(pieces.length).toBeLessThan(2_100);
    }
  });
});
