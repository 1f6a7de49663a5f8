import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNestedTooDeep, mostLevels } from "../src/json-levels.ts";

/** How deep a value nests, itself included. */
function levelsOf(value: unknown): number {
  return typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(levelsOf)) : 0;
}

/** A value within so many lists and objects. */
function within(levels: number, value: unknown): unknown {
  return levels === 0 ? value : within(levels - 1, levels % 2 === 0 ? [value] : { a: value });
}

describe("how deep a JSON text nests", () => {
  it("is told right of any value, whatever stands in its texts and names", () => {
    const odd = fc.stringMatching(/^[[\]{}"\\a]*$/);
    fc.assert(
      fc.property(fc.integer({ min: mostLevels - 4, max: mostLevels + 1 }), fc.jsonValue(), odd, (levels, inner, text) => {
        const nested = within(levels, { [text]: [text, inner] });
        expect(isNestedTooDeep(JSON.stringify(nested))).toBe(levelsOf(nested) > mostLevels);
      }),
    );
  });

  it("is not what lies beside each other", () => {
    expect(isNestedTooDeep(`[${"[{}],".repeat(1_000)}[]]`)).toBe(false);
  });

  it("is told of what is no JSON too, without an end", () => {
    for (const text of ['"', '"\\', '"\\"', "]]]]", `${"]".repeat(100)}${"[".repeat(100)}`, '{"', "\\".repeat(100)]) expect(isNestedTooDeep(text)).toBe(false);
    expect(isNestedTooDeep("[".repeat(400_000))).toBe(true);
  });
});
