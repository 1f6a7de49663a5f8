import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mostFacts, toFacts, withFacts } from "../../src/memory-page/page-text.ts";

describe("the facts of a page", () => {
  it("are its list items, with the lines indented below them, and nothing else", () => {
    const page = "# Memory\n\nSome words.\n\n- The cat is called Mops.\n* likes\n  long\twalks\n+ plus\n1. first\n2) second\n- [x] done\n> - quoted\n\n```\n- code\n```\n- last\nnot part of it\n";
    expect(toFacts(page).facts).toEqual(["The cat is called Mops.", "likes long walks", "plus", "first", "second", "done", "last"]);
  });

  it("are taken from any text without failing, each once, with words and on one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (page) => {
        const { facts } = toFacts(page);
        expect(new Set(facts).size).toBe(facts.length);
        for (const fact of facts) expect(fact).toMatch(/^\S(?:.*\S)?$/u);
      }),
    );
  });

  it.each(["```\n~~~\n- code\n```", "````\n```\n- code\n````", "```\n``` sh\n- code\n```", "~~~~\n~~~\n- code\n~~~~~"])("are none in the code of %j, which only its own fence ends", (page) => {
    expect(toFacts(page).facts).toEqual([]);
    expect(toFacts(`${page}\n- fact`).facts).toEqual(["fact"]);
  });

  it.each([[0, false], [1, true]] as const)("are as many as count, and %i more, and whether that leaves any out is said: %s", (more, isCut) => {
    const all = Array.from({ length: mostFacts + more }, (_, index) => `fact ${index}`);
    expect(toFacts(all.map((fact) => `- ${fact}\n- ${fact}\n- !!!\n`).join(""))).toEqual({ facts: all.slice(0, mostFacts), isCut });
  });

  it.each(["", "\n\n", "- \n-\n- !!!\n", "\u0000\u0001", "-no space", "```\n- never closed"])("are none in %j", (page) => {
    expect(toFacts(page).facts).toEqual([]);
  });
});

describe("facts that are added to a page", () => {
  it("stand at its end and are found again, whatever the page was", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}( [a-z]{1,12}){0,4}$/), { maxLength: 6 }), fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 6 }), (before, added) => {
        const page = withFacts(before.length === 0 ? undefined : before.map((fact) => `- ${fact}`).join("\n"), added);
        expect(toFacts(page).facts).toEqual([...new Set([...before, ...added])]);
        expect(withFacts(page, added)).toBe(page);
      }),
    );
  });

  it.each([
    ["```\ncode\n", "```\ncode\n```\n\n- new\n"],
    ["- old\n\n```sh\n- code", "- old\n\n```sh\n- code\n```\n\n- new\n"],
    ["- old\n  ~~~~ text\r\n  code\r\n", "- old\n  ~~~~ text\r\n  code\n  ~~~~\n\n- new\n"],
    ["```\na\n```\n", "```\na\n```\n\n- new\n"],
    ["````\n```\n- code", "````\n```\n- code\n````\n\n- new\n"],
    ["~~~\n```", "~~~\n```\n~~~\n\n- new\n"],
    ["``` a ``` b", "``` a ``` b\n\n- new\n"],
  ])("stand behind the code that %j leaves open, which is closed first", (before, after) => {
    const page = withFacts(before, ["new"]);
    expect(page).toBe(after);
    expect(toFacts(page).facts).toEqual([...toFacts(before).facts, "new"]);
    expect(withFacts(page, ["new"])).toBe(page);
  });

  it("are found again behind whatever stands on the page", () => {
    const line = fc.constantFrom("```", "~~~", "  ```js", "````", "- item", "  more", "", "words", "> - quoted", "# head");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const before = lines.join("\n");
        expect(toFacts(withFacts(before, ["new"])).facts).toEqual([...toFacts(before).facts, "new"]);
      }),
    );
  });

  it("leave what else is written where it was", () => {
    const page = "Notes of mine\n=====\n\nkeep this\n\n- old\n";
    expect(withFacts(page, ["new\nfact", "old"])).toBe("Notes of mine\n=====\n\nkeep this\n\n- old\n- new fact\n");
  });
});
