import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDateWord, toDateWords } from "../src/date-words.ts";
import { isFramingWord, isStopWord } from "../src/stop-words.ts";
import { stemWord } from "../src/stem-word.ts";
import { toQueryTerms } from "../src/query-terms.ts";
import { toWords } from "../src/to-words.ts";

describe("stemWord", () => {
  it.each([
    ["caresses", "caress"], ["ponies", "poni"], ["agreed", "agre"], ["plastered", "plaster"], ["motoring", "motor"], ["sing", "sing"], ["hopping", "hop"], ["falling", "fall"],
    ["filing", "file"], ["happy", "happi"], ["sky", "sky"], ["relational", "relat"], ["vietnamization", "vietnam"], ["hopefulness", "hope"], ["electrical", "electr"], ["revival", "reviv"],
    ["adoption", "adopt"], ["replacement", "replac"], ["probate", "probat"], ["rate", "rate"], ["cease", "ceas"], ["controlling", "control"], ["roll", "roll"],
  ])("makes %s into %s", (word, stem) => expect(stemWord(word)).toBe(stem));

  it("leaves short words and words of other letters as they are", () => {
    for (const word of ["as", "is", "schlüssel", "ключи", "r2d2", ""]) expect(stemWord(word)).toBe(word);
  });

  it("gives some word for every word, with its first letter", () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z]{3,20}$/), (word) => stemWord(word).startsWith(word.slice(0, 1))), { examples: [["ays"]] });
  });
});

describe("toWords", () => {
  it("folds case, width and accents, and stems", () => {
    expect(toWords("ＲＥＳＴＡＵＲＡＮＴＳ Café naïve")).toEqual(["restaur", "cafe", "naiv"]);
    expect(toWords("Ada's bicycles aren't here")).toEqual(["ada", "bicycl", "aren", "here"]);
  });

  it("gives characters and pairs of scripts without spaces", () => {
    expect(toWords("自行车abc")).toEqual(["自", "自行", "行", "行车", "车", "abc"]);
  });

  it("keeps pictographs and numbers, and nothing that is syntax", () => {
    expect(toWords('🦓 "42" OR (x* NEAR:y) -z ^a')).toEqual(["🦓", "42", "or", "x", "near", "y", "z", "a"]);
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => toWords(text).every((word) => /^[\p{L}\p{M}\p{N}\p{Extended_Pictographic}]+$/u.test(word))));
  });

  it("gives the same words for the same text written in another case", () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-zäöüéèа-я0-9 .,!?]{0,60}$/), (text) => toWords(text.toUpperCase()).join(" ") === toWords(text).join(" ")));
  });

  it("gives about as many words as it is asked for", () => {
    expect(toWords("one two three four", 2)).toHaveLength(2);
  });
});

describe("toQueryTerms", () => {
  it("leaves common words out, unless there are no others", () => {
    expect(toQueryTerms("Where did you say that the ferry was?").words).toEqual(["ferri"]);
    expect(toQueryTerms("what was it?").words).toEqual(["what", "wa", "it"]);
    expect(toQueryTerms("?!")).toMatchObject({ words: [], hasWords: false });
  });

  it("knows which words stand together", () => {
    expect(toQueryTerms("the red kite and the red boat").pairs).toEqual([[0, 1], [1, 0], [0, 2]]);
  });

  it("reads a very long query at its beginning and its end", () => {
    const { words } = toQueryTerms(`alpha ${"filler ".repeat(100_000)} omega`);
    expect(words).toContain("alpha");
    expect(words).toContain("omega");
  });
});

describe("words with a part to play", () => {
  it("are told apart", () => {
    expect(["the", "wa", "rememb", "ferri"].map(isStopWord)).toEqual([true, true, true, false]);
    expect(["mention", "convers", "ferri"].map(isFramingWord)).toEqual([true, true, false]);
  });

  it("name the day of a time as a question would", () => {
    expect(toDateWords(Date.UTC(2023, 4, 8, 13, 56))).toEqual(toWords("8 May 2023 Monday"));
    expect(toDateWords(Number.NaN)).toEqual([]);
    expect([...toDateWords(0), "13000", "kettl"].map(isDateWord)).toEqual([true, true, true, true, false, false]);
  });
});
