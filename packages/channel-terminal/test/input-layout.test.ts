import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layOutInput } from "../src/input-layout.ts";
import { toUnits } from "../src/input-text.ts";
import { widthOf } from "../src/text-width.ts";

const frame = { prompt: "> ", width: 10, height: 100 };

describe("the layout of what is written", () => {
  it("wraps where a row is full, with the cursor where the next character goes", () => {
    const units = toUnits("abcdefghijkl");
    expect(layOutInput(units, 12, frame)).toEqual({ rows: ["> abcdefgh", "  ijkl"], row: 1, column: 6 });
    expect(layOutInput(units, 8, frame)).toEqual({ rows: ["> abcdefgh", "  ijkl"], row: 1, column: 2 });
    expect(layOutInput(toUnits("abcdefgh"), 8, frame)).toEqual({ rows: ["> abcdefgh"], row: 0, column: 10 });
  });

  it("never parts a wide character", () => {
    expect(layOutInput(toUnits("a世世世世世"), 6, frame)).toEqual({ rows: ["> a世世世", "  世世"], row: 1, column: 6 });
  });

  it("begins a row at a line end", () => {
    expect(layOutInput(toUnits("a\n\nb"), 2, frame)).toEqual({ rows: ["> a", "  ", "  b"], row: 1, column: 2 });
  });

  it("shows the rows about the cursor where there are too many", () => {
    const units = toUnits("a\nb\nc\nd\ne");
    expect(layOutInput(units, units.length, { ...frame, height: 3 })).toEqual({ rows: ["  c", "  d", "  e"], row: 2, column: 3 });
    expect(layOutInput(units, 0, { ...frame, height: 3 })).toMatchObject({ rows: ["> a", "  b", "  c"], row: 0 });
  });

  it("makes no row wider than the width, and keeps the cursor inside, for any text and width", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.nat(), fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 8 }), (text, place, width, height) => {
        const units = toUnits(text);
        const layout = layOutInput(units, place % (units.length + 1), { prompt: "> ", width, height });
        for (const row of layout.rows) expect(widthOf(row)).toBeLessThanOrEqual(width);
        expect(layout.rows.length).toBeLessThanOrEqual(height);
        expect(layout.row).toBeGreaterThanOrEqual(0);
        expect(layout.row).toBeLessThan(layout.rows.length);
        expect(layout.column).toBeLessThanOrEqual(width);
      }),
    );
  });
});
