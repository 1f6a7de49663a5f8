import { describe, expect, it } from "vitest";
import { findNearestName } from "../../src/config/nearest-name.ts";

describe("the nearest name", () => {
  it("is the one with the fewest edits, neighbours swapped counting once", () => {
    const names = ["provider", "providers", "policy", "memory"];
    expect(["provdier", "providrs", "polcy", "MEMROY", "memory"].map((name) => findNearestName(name, names))).toEqual(["provider", "providers", "policy", "memory", "memory"]);
  });

  it("is none where nothing is near", () => {
    expect([findNearestName("xyzzy", ["provider"]), findNearestName("a", []), findNearestName("", ["provider"]), findNearestName("p".repeat(1_000), ["provider"])]).toEqual([undefined, undefined, undefined, undefined]);
  });
});
