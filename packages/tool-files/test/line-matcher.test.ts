import { describe, expect, it } from "vitest";
import { createLineMatcher } from "../src/line-matcher.ts";

describe("createLineMatcher", () => {
  it("gives index and column of the first match of each line", () => {
    const match = createLineMatcher(/b+/, 1_000);
    expect(match(["abb b", "x", "", "b"])).toEqual([
      { index: 0, column: 1 },
      { index: 3, column: 0 },
    ]);
    expect(match([])).toEqual([]);
  });

  it.each([/^(a+)+$/, /^(a|a)*$/, /^(\w+\s?)+!$/, /(.*)*x/, /^(?:a?){40}a{40}$/])("stops %s before it takes for ever, and goes on working", (expression) => {
    const match = createLineMatcher(expression, 50);
    const begun = performance.now();
    match(["a".repeat(39)]);
    const outcome = match([`${"a".repeat(60)}\n`]);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(["too-slow", "object"]).toContain(outcome === "too-slow" ? outcome : typeof outcome);
    expect(match(["%"])).not.toBe("too-slow");
  });

  it("calls an endless pattern too slow", () => {
    expect(createLineMatcher(/^(a+)+$/, 50)([`${"a".repeat(60)}b`])).toBe("too-slow");
  });
});
