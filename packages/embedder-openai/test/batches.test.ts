import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { toBatches } from "../src/batches.ts";

describe("toBatches", () => {
  it("keeps every text in order, within both bounds", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300_000 }), { maxLength: 30 }), fc.integer({ min: 1, max: 8 }), (lengths, most) => {
        const texts = lengths.map((length) => "x".repeat(length));
        const batches = toBatches(texts, most);
        expect(batches.flat()).toEqual(texts);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(most);
          if (batch.length > 1) expect(batch.reduce((sum, text) => sum + text.length, 0)).toBeLessThanOrEqual(200_000);
        }
      }),
      { numRuns: 50 },
    );
  });
});
