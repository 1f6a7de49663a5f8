import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toCompared, withoutTraces } from "../src/traces.ts";
import { toEntities } from "../src/entities.ts";

function without(beside: string | null, ...texts: readonly string[]): string | null {
  return withoutTraces(beside, texts.map(toCompared));
}

describe("withoutTraces", () => {
  it("takes out the lines that repeat a text, or a part of it, whatever their case and spacing", () => {
    const text = "The password is zanzibar.";
    expect(without(`hello\n${text}`, text)).toBe("hello");
    expect(without("the  PASSWORD is Zanzibar", text)).toBeNull();
    expect(without("The password is…\nhello", text)).toBe("hello");
    expect(without("he said: the password is zanzibar. Bye", text)).toBeNull();
  });

  it("takes out all lines of a text of several lines", () => {
    expect(without("one line of it\nand another line\nhello", "One line of it\nand another line")).toBe("hello");
  });

  it("takes out the lines of several texts, and all where one lies across what is left", () => {
    expect(without("one is here\nanother one\nhello", "One is here.", "another one")).toBe("hello");
    expect(without("one is here\noh hello there\nmy friend of old", "One is here.", "hello there my friend")).toBeNull();
    expect(without("hello\nthere", "somebody else", "ok")).toBe("hello\nthere");
  });

  it("takes out a line that was cut between a letter and its accent, after a capital sigma, or within a syllable", () => {
    const cut = (text: string, length: number): string | null => without(`hello\n${text.slice(0, length)}`, text);
    expect(cut("The password is the word cafe\u0301 itself.", 29)).toBe("hello");
    expect(cut("The password is ΟΔΟΣΟΔΟΣ.", 20)).toBe("hello");
    expect(cut("The password is \u1112\u1161\u11ab.", 18)).toBe("hello");
    expect(cut("The password is ﾊﾞ.", 17)).toBe("hello");
    expect(cut("The password is e\u0301\u0323.", 18)).toBe("hello");
  });

  it("takes out a line of twelve characters and more wherever it was cut", () => {
    const unit = fc.constantFrom("a", "e", "\u0301", "\u0323", "Σ", "ς", "Ο", "'", "\u1112", "\u1161", "\u11ab", "ﾊ", "ﾞ", "İ", "ﬁ", "¨", "😀", " ", "\n", ".", "…");
    const cutText = fc.array(unit, { minLength: 20, maxLength: 60 }).map((units) => units.join("")).chain((text) => fc.tuple(fc.constant(text), fc.nat({ max: text.length })));
    const check = ([text, length]: readonly [string, number]): void => {
      const line = text.slice(0, length).replace(/[\ud800-\udbff]$/, "").replaceAll(/\s+/g, " ").trim();
      fc.pre(toCompared(line).length >= 12);
      expect(without(line, text)).toBeNull();
    };
    fc.assert(fc.property(cutText, check), { numRuns: 2_000 });
  });

  it("leaves what only happens to hold a short text", () => {
    expect(without("is this ok with you", "ok")).toBe("is this ok with you");
    expect(without("ok", "ok")).toBeNull();
    expect(without(null, "ok")).toBeNull();
  });
});

describe("toEntities", () => {
  it("takes names, quoted things, numbers and addresses by their look", () => {
    expect(toEntities('We met Marta Olsen of the University of Leeds, who likes "Blue Velvet" and has 4711 at ada@example.org.')).toEqual(["ada@example.org", "blue velvet", "marta olsen", "university of leeds", "4711"]);
  });

  it("does not take the first word of a sentence for a name", () => {
    expect(toEntities("Yesterday it rained. Today not. Then we saw Bergen.")).toEqual(["bergen"]);
  });

  it("is quick with texts made to be slow", () => {
    for (const text of [`A${" ".repeat(8_000)}A`, "A ".repeat(4_000), '"'.repeat(8_000), "1.".repeat(4_000), "@".repeat(8_000)]) expect(toEntities(text).length).toBeLessThan(33);
  });
});
