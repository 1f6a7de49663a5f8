import { describe, expect, it } from "vitest";
import { toNearest } from "../src/nearest.ts";

describe("toNearest", () => {
  it.each([
    ["files.raed", ["files.read", "files.write"], "files.read"],
    ["sesions", ["sessions", "tools"], "sessions"],
    ["teh", ["the"], undefined],
    ["xyz", ["files.read"], undefined],
    ["", ["a"], "a"],
  ])("finds for %j among %j: %j", (word, candidates, expected) => {
    expect(toNearest(word, candidates)).toBe(expected);
  });
});
