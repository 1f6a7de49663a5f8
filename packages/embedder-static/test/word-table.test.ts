import { describe, expect, it } from "vitest";
import { staticVectors } from "../src/static-vectors.ts";
import { openWordTable } from "../src/word-table.ts";
import { toWordHash } from "../src/word-hash.ts";

/** A table of two words with two numbers each. */
function toTable(): ReturnType<typeof openWordTable> {
  const words = [{ word: "half", weight: 51, pair: 0xf8 }, { word: "one", weight: 255, pair: 0x4b }].sort((left, right) => toWordHash(left.word) - toWordHash(right.word));
  const bytes = Buffer.alloc(12);
  for (const [index, { word, weight, pair }] of words.entries()) {
    bytes.writeUInt32LE(toWordHash(word), index * 4);
    bytes.writeUInt8(weight, 8 + index);
    bytes.writeUInt8(pair, 10 + index);
  }
  return openWordTable({ count: 2, dimensions: 2, bytes: bytes.toString("base64") });
}

describe("openWordTable", () => {
  it("finds its words and no others", () => {
    const table = toTable();
    expect([table.find("half"), table.find("one")].toSorted()).toEqual([0, 1]);
    expect(table.find("two")).toBe(-1);
    expect(table.find("")).toBe(-1);
  });

  it("adds a word's direction at length one, times its weight and how often it stands there", () => {
    const table = toTable();
    const sum = new Float32Array([0, 1]);
    table.add(sum, table.find("half"), 3);
    expect([...sum]).toEqual([expect.closeTo(0.6), 1]);
    const other = new Float32Array(2);
    table.add(other, table.find("one"), 1);
    expect([...other]).toEqual([expect.closeTo(-0.8), expect.closeTo(0.6)]);
  });

  it("holds as many bytes as the shipped table says, hashes ascending, every word with a weight and a vector", () => {
    const { count, dimensions, bytes: encoded } = staticVectors;
    const bytes = Buffer.from(encoded, "base64");
    expect(bytes.length).toBe(count * (5 + dimensions / 2));
    const hashes = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(index * 4));
    expect(hashes.every((hash, index) => index === 0 || hash > (hashes[index - 1] ?? hash))).toBe(true);
    expect(bytes.subarray(count * 4, count * 5).includes(0)).toBe(false);
    const table = openWordTable(staticVectors);
    for (const word of ["the", "guitar", "beach", "vacation"]) expect(table.find(word)).toBeGreaterThanOrEqual(0);
    const frequent = new Float32Array(dimensions);
    const rare = new Float32Array(dimensions);
    table.add(frequent, table.find("the"), 1);
    table.add(rare, table.find("guitar"), 1);
    expect(Math.hypot(...frequent)).toBeLessThan(0.05);
    expect(Math.hypot(...rare)).toBeGreaterThan(0.9);
  });
});
