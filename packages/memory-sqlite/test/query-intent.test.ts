import { describe, expect, it } from "vitest";
import { hasNumber, hasTime, isPersonal, isPreference, isStanding } from "../src/text-signs.ts";
import { toQueryIntent } from "../src/query-intent.ts";
import { toQueryTerms } from "../src/query-terms.ts";
import { toWords } from "../src/to-words.ts";

function toAsked(query: string): readonly string[] {
  return Object.entries(toQueryIntent(toWords(query))).flatMap(([name, isAsked]) => (isAsked ? [name] : []));
}

describe("toQueryIntent", () => {
  it.each([
    ["When did Bo sail?", ["time"]],
    ["In what year was the shed built?", ["time"]],
    ["How long ago did we paint the boat?", ["number", "time"]],
    ["How many oars are there?", ["number"]],
    ["What did you suggest for the roof?", ["agent"]],
    ["Which glue had you recommended?", ["agent"]],
    ["The plan you gave me, where is it?", ["agent"]],
    ["What glue would you recommend?", ["advice"]],
    ["How should I oil the oars?", ["advice"]],
    ["Where are the oars?", []],
    ["小船在哪里？", []],
  ])("reads %s", (query, asked) => expect([...toAsked(query)].sort()).toEqual(asked));
});

describe("the asides of a query", () => {
  it("are the words that stand in no question, where there are questions and more", () => {
    const { words, asides } = toQueryTerms("The harbour was lovely today. Where is the anchor kept?");
    expect(words.filter((word) => asides.has(word))).toEqual(["harbour", "love", "todai"]);
    expect(toQueryTerms("今天天气真好。船锚在哪里？").asides).toContain("天气");
    expect(toQueryTerms("今天天气真好。船锚在哪里？").asides).not.toContain("船锚");
  });

  it("are none where all is asked, or nothing is", () => {
    for (const query of ["Where is the anchor?", "anchor chain. harbour"]) expect(toQueryTerms(query).asides.size).toBe(0);
  });
});

describe("what the wording of a text says", () => {
  it("is read from its words", () => {
    const texts = ["I oiled the oars", "Ada sailed yesterday", "three oars, 20 ropes", "Please never call before nine", "From now on answer in French", "I really prefer rope to chain", "the anchor is heavy"];
    const signs = [isPersonal, hasTime, hasNumber, isStanding, isPreference];
    const read = texts.map((text) => signs.filter((sign) => sign(toWords(text))).map(({ name }) => name));
    for (const word of ["five", "hundred", "couple", "several", "once", "twice", "42"]) expect([word, hasNumber(toWords(word))]).toEqual([word, true]);
    for (const word of ["yesterday", "since", "recently", "Tuesday", "May", "3rd", "weekend", "ago"]) expect([word, hasTime(toWords(word))]).toEqual([word, true]);
    expect(read).toEqual([["isPersonal"], ["hasTime"], ["hasTime", "hasNumber"], ["hasNumber", "isStanding"], ["isStanding"], ["isPersonal", "isPreference"], []]);
  });
});
