import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FooterParts } from "../src/footer-layout.ts";
import { createLineEditor } from "../src/line-editor.ts";
import { createPaint, toUnpainted } from "../src/ink.ts";
import { layOutFooter } from "../src/footer-layout.ts";
import { widthOf } from "../src/text-width.ts";

function toParts(given: Partial<FooterParts> & { readonly written?: string; readonly width?: number }): FooterParts {
  const editor = createLineEditor({ mostBytes: 100_000 });
  editor.input.insert(given.written ?? "");
  return { style: { width: given.width ?? 40, paint: createPaint(true), hasColors: true }, height: 20, editor, prompt: "> ", question: "", queued: [], notice: "", open: () => [], ...given };
}

function look(parts: FooterParts): readonly string[] {
  return layOutFooter(parts).rows.map(toUnpainted);
}

describe("the footer", () => {
  it("has what runs, what waits, what is asked and what is written, from top to bottom", () => {
    expect(look(toParts({ written: "words", open: () => ["an answer"], queued: ["one", "two", "three", "four"], notice: "too long", question: "yes or no" }))).toEqual([
      "an answer", "", "queued: one", "queued: two", "queued: three", "and 1 more", "too long", "yes or no", "> words",
    ]);
  });

  it("gives the rest of the screen to what runs", () => {
    const asked: number[] = [];
    layOutFooter(toParts({ height: 9, written: "a\nb", open: (height) => (asked.push(height), []) }));
    expect(asked).toEqual([6]);
  });

  it("is never taller or wider than the screen, and has the cursor in it, whatever it holds", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 80 });
    const lines = fc.array(fc.constantFrom("a", "b\n", "世", " "), { maxLength: 60 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.record({ width: fc.integer({ min: 2, max: 50 }), height: fc.integer({ min: 1, max: 30 }), written: lines, question: text, notice: text, queued: fc.array(text, { maxLength: 6 }), calls: fc.nat({ max: 40 }) }), ({ calls, ...given }) => {
        const footer = layOutFooter(toParts({ ...given, open: (height) => Array.from({ length: Math.min(calls, height) }, () => "x") }));
        expect(footer.rows.length).toBeLessThanOrEqual(given.height);
        for (const row of footer.rows) expect(widthOf(toUnpainted(row))).toBeLessThanOrEqual(given.width);
        expect(footer.rows[footer.row]).toBeDefined();
        expect(footer.column).toBeLessThanOrEqual(given.width);
      }),
      { numRuns: 300 },
    );
  });
});
