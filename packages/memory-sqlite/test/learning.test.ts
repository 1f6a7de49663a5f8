import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GateCase } from "../src/gate.ts";
import { decide } from "../src/gate.ts";
import { toCredited, toDecayed } from "../src/learning.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("toCredited", () => {
  it("moves each by what the reward differs from its own utility, or from that of all", () => {
    expect(toCredited([0.5, 0.9], 1, { learningRate: 0.1, credit: "own" })).toEqual([expect.closeTo(0.55, 10), expect.closeTo(0.91, 10)]);
    expect(toCredited([0.5, 0.9], 1, { learningRate: 0.1, credit: "set" })).toEqual([expect.closeTo(0.53, 10), expect.closeTo(0.93, 10)]);
  });

  it("stays between 0 and 1", () => {
    fc.assert(fc.property(fc.array(share, { minLength: 1 }), share, share, fc.constantFrom("set", "own"), (utilities, reward, learningRate, credit) => toCredited(utilities, reward, { learningRate, credit }).every((q) => q >= 0 && q <= 1)));
  });
});

describe("toDecayed", () => {
  it("takes half of what is left away in a half-life, and nothing in no time", () => {
    expect(toDecayed(0.9, 10, 10)).toBeCloseTo(0.7, 12);
    expect([toDecayed(0.9, 0, 10), toDecayed(0.9, -5, 10), toDecayed(0.9, 5, 0)]).toEqual([0.9, 0.9, 0.9]);
  });

  it("gives in parts what it gives in one go", () => {
    const time = fc.integer({ min: 0, max: 1_000 });
    fc.assert(fc.property(share, time, time, (q, first, second) => Math.abs(toDecayed(toDecayed(q, first, 90), second, 90) - toDecayed(q, first + second, 90)) < 1e-9));
  });
});

describe("decide", () => {
  const rule = { gateUses: 5, promoteAt: 0.75, retireAt: 0.2 };
  const one: GateCase = { id: "x", standing: "kept", q: 0.5, uses: 5, successes: 3, failures: 2, idle: 7, trusted: true };
  it.each<readonly [string, Partial<GateCase>, string]>([
    ["helped", { q: 0.8, successes: 5, failures: 0 }, "promote"],
    ["helped, and came from strangers", { q: 0.8, successes: 5, failures: 0, trusted: false }, "retain"],
    ["helped too few times to be known", { q: 0.8, uses: 4, successes: 4 }, "retain"],
    ["hindered", { q: 0.1, successes: 0, failures: 5 }, "retire"],
    ["is in between", {}, "retain"],
    ["was promoted and is in between now", { standing: "promoted" }, "promote"],
    ["was promoted and hinders now", { standing: "promoted", q: 0.1, successes: 2, failures: 3 }, "retire"],
    ["was retired lately", { standing: "retired", q: 0.2, successes: 0, failures: 5 }, "retire"],
    ["was retired long ago", { standing: "retired", q: 0.36, successes: 0, failures: 5 }, "retain"],
  ])("of what %s", (_, change, decision) => {
    expect(decide({ ...one, ...change }, rule, 99)).toMatchObject({ id: "x", decision, idle: 7, at: 99, reason: expect.stringMatching(/\w/) });
  });
});
