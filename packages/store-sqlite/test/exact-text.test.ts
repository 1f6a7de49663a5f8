import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromExactText, toExactText } from "../src/exact-text.ts";

const unit = fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.constantFrom("\u0000", "\u0001", "\ud800", "\udc00", '"', "\\", "\u0001\""));
const text = fc.array(unit, { maxLength: 8 }).map((units) => units.join(""));

describe("exact text", () => {
  it("comes back as it was, through UTF-8 and without NUL", () => {
    fc.assert(
      fc.property(text, (given) => {
        const kept = toExactText(given);
        expect(kept).not.toContain("\u0000");
        expect(Buffer.from(kept, "utf8").toString("utf8")).toBe(kept);
        expect(fromExactText(kept)).toBe(given);
      }),
    );
  });

  it("never maps two texts to one", () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(toExactText(left) === toExactText(right)).toBe(left === right);
      }),
    );
  });

  it("leaves plain text alone", () => {
    for (const plain of ["", "cli:default", "caf\u00e9", "\u{1f600}", '{"a":1}']) expect(toExactText(plain)).toBe(plain);
  });
});
