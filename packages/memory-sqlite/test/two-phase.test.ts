import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Candidate, Choice } from "../src/two-phase.ts";
import { chooseRecalled } from "../src/two-phase.ts";

const choice: Choice = { limit: 10, floor: 0.3, utilityWeight: 0.7, candidates: 20, mostExperiences: 3 };

function experience(seq: number, similarity: number, q: number): Candidate {
  return { seq, isExperience: true, at: 0, similarity, q };
}

describe("chooseRecalled", () => {
  it("orders experiences by the formula", () => {
    const found = [experience(1, 0.9, 0.1), experience(2, 0.5, 0.9), experience(3, 0.6, 0.6)];
    const ranked = chooseRecalled(found, choice);
    expect(ranked.map(({ seq }) => seq)).toEqual([2, 3, 1]);
    for (const { score, similarity, utility } of ranked) expect(score).toBeCloseTo(0.3 * similarity + 0.7 * utility, 12);
  });

  it("lets only the most similar experiences into the second phase", () => {
    const found = [experience(1, 0.9, 0.4), experience(2, 0.8, 0.5), experience(3, 0.7, 1)];
    expect(chooseRecalled(found, { ...choice, candidates: 2 }).map(({ seq }) => seq)).toEqual([2, 1]);
  });

  it("counts what is no experience as of utility one half, whatever was learned, and without limit to its kind", () => {
    const facts = Array.from({ length: 6 }, (_, index): Candidate => ({ seq: index, isExperience: false, at: 0, similarity: 0.4 + index / 20, q: index / 5 }));
    const ranked = chooseRecalled(facts, choice);
    expect(ranked.map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(new Set(ranked.map(({ utility }) => utility))).toEqual(new Set([0.5]));
  });

  it("gives nothing below the floor, the newer first of equals, and what similarity says where utility weighs nothing", () => {
    const candidate = fc.record({ seq: fc.nat(), isExperience: fc.boolean(), at: fc.nat(9), similarity: fc.double({ min: 0, max: 1, noNaN: true }), q: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.uniqueArray(candidate, { selector: ({ seq }) => seq, maxLength: 40 }), (found) => {
        const ranked = chooseRecalled(found, { ...choice, utilityWeight: 0, limit: 40, mostExperiences: 40, candidates: 40 });
        expect(ranked.every(({ similarity }) => similarity >= 0.3)).toBe(true);
        const order = ranked.map(({ similarity, at, seq }) => [-similarity, -at, -seq]);
        expect(order).toEqual(order.toSorted((left, right) => (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0) || (left[2] ?? 0) - (right[2] ?? 0)));
      }),
    );
  });
});
