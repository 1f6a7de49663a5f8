import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { JsonValue } from "@omni/core";
import { toCanonicalJson } from "../src/canonical-json.ts";

const shuffled = (value: JsonValue): JsonValue => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffled);
  return Object.fromEntries(Object.entries(value).reverse().map(([key, each]) => [key, shuffled(each ?? null)]));
};

describe("toCanonicalJson", () => {
  it("gives equal texts for values that differ in the order of keys only, and reads back as the value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (given) => {
        const value = given as JsonValue;
        const text = toCanonicalJson(value);
        expect(toCanonicalJson(shuffled(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
