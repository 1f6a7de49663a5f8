import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { QuantisedVector } from "../src/quantised-vector.ts";
import { createVectorMatrix } from "../src/vector-matrix.ts";
import { fromBlob, toBlob, toCosine, toQuantised } from "../src/quantised-vector.ts";
import { isEmbeddable } from "../src/embeddable.ts";

const number = fc.float({ min: -10, max: 10, noNaN: true });

function vector(dimensions: number): fc.Arbitrary<Float32Array> {
  return fc.array(number, { minLength: dimensions, maxLength: dimensions }).map((numbers) => Float32Array.from(numbers));
}

function toExact(left: Float32Array, right: Float32Array): number {
  const dot = left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
  return dot / (Math.hypot(...left) * Math.hypot(...right));
}

describe("toQuantised", () => {
  it("keeps the cosine of two vectors to about a hundredth", () => {
    fc.assert(
      fc.property(vector(48), vector(48), (left, right) => {
        const [one, two] = [toQuantised(left), toQuantised(right)];
        if (one === undefined || two === undefined || one.factor === 0 || two.factor === 0) return;
        expect(Math.abs(toCosine(fromBlob(toBlob(one)), fromBlob(toBlob(two))) - toExact(left, right))).toBeLessThan(0.03);
      }),
    );
  });

  it("refuses numbers that are not finite, and has no direction for zeros", () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) expect(toQuantised(Float32Array.from([1, bad]))).toBeUndefined();
    expect(toQuantised(new Float32Array(3))?.factor).toBe(0);
  });
});

describe("the matrix", () => {
  it("finds what comparing one by one finds, for any number of dimensions", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }).chain((dimensions) => fc.tuple(vector(dimensions), fc.array(vector(dimensions), { minLength: 1, maxLength: 30 }))), ([wanted, rows]) => {
        const query = toQuantised(wanted);
        if (query === undefined || query.factor === 0) return;
        const matrix = createVectorMatrix(wanted.length);
        const kept = rows.flatMap((row) => toQuantised(row) ?? []);
        for (const [index, row] of kept.entries()) matrix.add(index + 1, 1, row);
        const hits = matrix.search(query, new Set([1]), 5);
        for (const [index, row] of kept.entries()) expect(hits.cosine(index + 1)).toBeCloseTo(toCosine(query, row), 5);
        const above = kept.map((row) => toCosine(query, row)).filter((cosine) => cosine > 1e-6).sort((left, right) => right - left);
        const found = hits.nearest.map((episode) => hits.cosine(episode) ?? 0);
        expect(found).toEqual([...found].sort((left, right) => right - left));
        expect([...hits.sample]).toEqual(Array.from(Float32Array.from(kept.map((_, index) => hits.cosine(index + 1) ?? 0)).sort()));
        expect(found.length).toBeGreaterThanOrEqual(Math.min(5, above.length));
        for (const [index, cosine] of found.slice(0, Math.min(5, above.length)).entries()) expect(cosine).toBeCloseTo(above[index] ?? 0, 5);
      }),
    );
  });

  it("looks in the scopes that are named, grows, and replaces", () => {
    const matrix = createVectorMatrix(3);
    const toRow = (numbers: readonly number[]): NonNullable<ReturnType<typeof toQuantised>> => toQuantised(Float32Array.from(numbers)) ?? { factor: 0, numbers: new Int8Array(3) };
    for (let episode = 1; episode <= 1_000; episode += 1) matrix.add(episode, episode % 2, toRow([1, episode / 1_000, 0]));
    matrix.add(7, 1, toRow([0, 0, 1]));
    expect(matrix.size).toBe(1_000);
    const hits = matrix.search(toRow([0, 0, 1]), new Set([1]), 10);
    expect(hits.nearest).toEqual([7]);
    expect(hits.searched).toBe(500);
    expect(hits.sample).toHaveLength(1_000);
    expect(matrix.search(toRow([1, 0, 0]), new Set([0]), 3).nearest.every((episode) => episode % 2 === 0)).toBe(true);
  });
});

describe("a matrix that something is taken out of", () => {
  const toRow = (seed: number): QuantisedVector => toQuantised(Float32Array.from([Math.cos(seed), Math.sin(seed), Math.cos(seed * 7)])) ?? { factor: 0, numbers: new Int8Array(3) };

  it("finds what one finds that it was never added to, whatever comes and goes", () => {
    const step = fc.tuple(fc.constantFrom("add", "add", "remove", "retain"), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 3 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const matrix = createVectorMatrix(3);
        const kept = new Map<number, number>();
        for (const [what, episode, scope] of steps) {
          if (what === "add") {
            matrix.add(episode, scope, toRow(episode));
            kept.set(episode, scope);
          } else if (what === "remove") {
            matrix.remove(episode);
            kept.delete(episode);
          } else {
            for (const each of [...kept.keys()].filter((one) => one % 5 === scope)) kept.delete(each);
            matrix.retain(new Set(kept.keys()));
          }
        }
        const fresh = createVectorMatrix(3);
        for (const [episode, scope] of kept) fresh.add(episode, scope, toRow(episode));
        const [one, other] = [matrix, fresh].map((each) => {
          const { nearest, sample, searched, cosine } = each.search(toRow(0.3), new Set([1, 2]), 50);
          return { size: each.size, nearest: nearest.toSorted((left, right) => left - right), sample: [...sample], searched, cosines: Array.from({ length: 41 }, (_, episode) => cosine(episode)) };
        });
        expect(one).toEqual(other);
      }),
    );
  });

  it("keeps what is left when it becomes much smaller, and grows again", () => {
    const matrix = createVectorMatrix(3);
    for (let episode = 0; episode < 3_000; episode += 1) matrix.add(episode, 1, toRow(episode));
    for (let episode = 0; episode < 3_000; episode += 1) if (episode % 100 !== 7) matrix.remove(episode);
    expect(matrix.size).toBe(30);
    for (let episode = 3_000; episode < 4_000; episode += 1) matrix.add(episode, 1, toRow(episode));
    const hits = matrix.search(toRow(107), new Set([1]), 5);
    expect([hits.searched, hits.nearest.includes(107), hits.cosine(8)]).toEqual([1_030, true, undefined]);
    for (const episode of [7, 2_907, 3_999]) expect(hits.cosine(episode)).toBeCloseTo(toCosine(toRow(107), toRow(episode)), 5);
  });
});

describe("the sample of a large matrix", () => {
  it("has some thousands of all cosines, with their middle and their spread", () => {
    const matrix = createVectorMatrix(2);
    for (let episode = 0; episode < 30_000; episode += 1) matrix.add(episode, 1, toQuantised(Float32Array.from([Math.cos(episode), Math.sin(episode)])) ?? { factor: 0, numbers: new Int8Array(2) });
    const { sample, searched } = matrix.search(toQuantised(Float32Array.from([1, 0])) ?? { factor: 0, numbers: new Int8Array(2) }, new Set([2]), 5);
    expect([sample.length > 2_000 && sample.length <= 4_096, searched]).toEqual([true, 0]);
    // A direction by chance has a cosine below c with the probability 1 − arccos(c) / π.
    for (const share of [0.1, 0.16, 0.5, 0.9]) expect(sample[Math.floor(share * sample.length)]).toBeCloseTo(Math.cos(Math.PI * (1 - share)), 1);
  });
});

describe("isEmbeddable", () => {
  it("is so for texts mostly in a script that one of the languages is written in", () => {
    expect(isEmbeddable("Where is the key?", ["en"])).toBe(true);
    expect(isEmbeddable("我的钥匙在哪里", ["en"])).toBe(false);
    expect(isEmbeddable("我的钥匙在哪里", ["en", "zh-Hans"])).toBe(true);
    expect(isEmbeddable("the word 钥匙 means key", ["en"])).toBe(true);
    expect(isEmbeddable("Ключ висит", ["en"])).toBe(false);
    expect(isEmbeddable("Ключ висит", [])).toBe(true);
    expect(isEmbeddable("42 !", ["en"])).toBe(true);
  });
});
