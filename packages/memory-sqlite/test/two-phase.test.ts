import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Candidate, Choice } from "../src/two-phase.ts";
import { chooseRecalled } from "../src/two-phase.ts";

const choice: Choice = { limit: 10, floor: 0.3, utilityWeight: 0.7, candidates: 20, mostExperiences: 3 };

function experience(seq: number, similarity: number, q: number, uses = 1): Candidate {
  return { seq, isExperience: true, at: 0, similarity, q, uses };
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
    const facts = Array.from({ length: 6 }, (_, index): Candidate => ({ seq: index, isExperience: false, at: 0, similarity: 0.4 + index / 20, q: index / 5, uses: index }));
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
    const fact: Candidate = { seq: 9, isExperience: false, at: 0, similarity: 0.4, q: 0, uses: 0 };
    expect(seqs([experience(1, 1, 0.4), experience(2, 0.9, 0.41), experience(3, 0.4, 0.6), experience(4, 0.4, 0.5), experience(5, 0.4, 0.5), fact])).toEqual([1, 3, 9, 5]);
  });

  describe("where outcomes are told", () => {
    const trying: Choice = { ...choice, mostExperiences: 10, leastBeside: 0.46, mostUntried: 1 };
    const seqs = (found: readonly Candidate[], how: Choice = trying): readonly number[] => chooseRecalled(found, how).map(({ seq }) => seq);
    const untried = (seq: number, similarity: number): Candidate => experience(seq, similarity, 0.5, 0);
    const hindered = [1, 2, 3, 4].map((seq) => experience(seq, 0.4, 0.45));

    it("gives the untried one by one, the most similar of them", () => {
      expect(seqs([...hindered, untried(5, 0.5), untried(6, 0.6), untried(7, 0.4)])).toEqual([6]);
      expect(seqs([...hindered, untried(5, 0.5), untried(6, 0.6), untried(7, 0.4)], { ...trying, mostUntried: 2 })).toEqual([6, 5]);
    });

    it("gives one untried beside what has a middling name", () => {
      expect(seqs([...hindered, experience(8, 0.4, 0.47), untried(5, 0.5), untried(6, 0.6)])).toEqual([6, 8]);
    });

    it("gives none beside what has helped, unless it fits clearly better", () => {
      const helped = experience(9, 0.5, 0.6);
      expect(seqs([...hindered, helped, untried(5, 0.55)])).toEqual([9]);
      expect(seqs([...hindered, helped, untried(5, 0.59), untried(6, 0.61)])).toEqual([9, 6]);
      expect(seqs([...hindered, experience(9, 0.5, 0.5), untried(5, 0.45)])).toEqual([9, 5]);
    });

    it("counts only what fits and comes into the second phase as a sign that they are", () => {
      expect(seqs([...hindered.slice(1), untried(5, 0.6), untried(6, 0.5)])).toEqual([5, 6]);
      expect(seqs([experience(1, 0.2, 0.45), ...hindered.slice(1), untried(5, 0.6), untried(6, 0.5)])).toEqual([5, 6]);
      expect(seqs([...hindered, untried(5, 0.6), untried(6, 0.5)], { ...trying, candidates: 5 })).toEqual([5, 6]);
    });

    it("leaves no fact out, and nothing where utility weighs nothing", () => {
      const facts = [7, 8].map((seq): Candidate => ({ seq, isExperience: false, at: 0, similarity: 0.5, q: 0.5, uses: 0 }));
      expect(seqs([...hindered, ...facts, untried(5, 0.6), untried(6, 0.4)])).toEqual([5, 8, 7]);
      expect(seqs([...hindered, untried(5, 0.6), untried(6, 0.5)], { ...trying, utilityWeight: 0 })).toHaveLength(6);
    });

    it("leaves none out where as many untried as others may be given", () => {
      expect(seqs([experience(9, 0.5, 0.9), ...hindered, untried(5, 0.4), untried(6, 0.4)], { ...trying, mostExperiences: 3, mostUntried: 3 })).toEqual([9, 6, 5]);
    });

    it("gives an experience whenever one fits, whatever has come of them", () => {
      const share = fc.nat(100).map((each) => each / 100);
      const candidate = fc.record({ seq: fc.nat(), isExperience: fc.constant(true), at: fc.nat(9), similarity: share.map((each) => 0.3 + 0.7 * each), q: share, uses: fc.nat(2) });
      fc.assert(
        fc.property(fc.uniqueArray(candidate, { selector: ({ seq }) => seq, minLength: 1, maxLength: 30 }), (found) => {
          const given = chooseRecalled(found, trying);
          expect(given[0]).toEqual(chooseRecalled(found, choice)[0]);
        }),
      );
    });
  });

  it("leaves nothing out for its utility where utility weighs nothing, or any is let in", () => {
    const found = [experience(1, 0.9, 0.1), experience(2, 0.8, 0), experience(3, 0.7, 0.9)];
    expect(chooseRecalled(found, { ...choice, leastBeside: 0.42, utilityWeight: 0 }).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(chooseRecalled(found, { ...choice, leastBeside: 0 })).toHaveLength(3);
    expect(chooseRecalled(found, choice)).toHaveLength(3);
  });

  it("gives nothing below the floor, the newer first of equals, and what similarity says where utility weighs nothing", () => {
    const candidate = fc.record({ seq: fc.nat(), isExperience: fc.boolean(), at: fc.nat(9), similarity: fc.double({ min: 0, max: 1, noNaN: true }), q: fc.double({ min: 0, max: 1, noNaN: true }), uses: fc.nat(3) });
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
