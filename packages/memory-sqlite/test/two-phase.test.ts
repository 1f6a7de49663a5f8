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

  it("gives what is known to hinder alone or not at all", () => {
    const careful = { ...choice, leastBeside: 0.42 };
    const seqs = (found: readonly Candidate[], how: Choice = careful): readonly number[] => chooseRecalled(found, how).map(({ seq }) => seq);
    expect(seqs([experience(1, 0.6, 0.9), experience(2, 0.6, 0.42), experience(3, 0.6, 0.41)])).toEqual([1, 2]);
    expect(seqs([experience(1, 0.6, 0.2), experience(2, 0.6, 0.3)])).toEqual([2]);
    expect(seqs([experience(1, 0.6, 0.5), experience(2, 0.5, 0.5), experience(3, 0.4, 0.5)])).toEqual([1, 2, 3]);
    // What is left out takes nobody's place, and what is no experience is nobody's rival.
    const fact: Candidate = { seq: 9, isExperience: false, at: 0, similarity: 0.4, q: 0 };
    expect(seqs([experience(1, 1, 0.4), experience(2, 0.9, 0.41), experience(3, 0.4, 0.6), experience(4, 0.4, 0.5), experience(5, 0.4, 0.5), fact])).toEqual([1, 3, 9, 5]);
  });

  it("leaves nothing out for its utility where utility weighs nothing, or any is let in", () => {
    const found = [experience(1, 0.9, 0.1), experience(2, 0.8, 0), experience(3, 0.7, 0.9)];
    expect(chooseRecalled(found, { ...choice, leastBeside: 0.42, utilityWeight: 0 }).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(chooseRecalled(found, { ...choice, leastBeside: 0 })).toHaveLength(3);
    expect(chooseRecalled(found, choice)).toHaveLength(3);
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
