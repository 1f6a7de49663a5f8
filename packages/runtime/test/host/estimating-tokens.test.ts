import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEstimatingTokens } from "../../src/host/estimating-tokens.ts";

describe("the estimate of tokens", () => {
  it("is nothing for nothing and at least one for anything", () => {
    const tokens = createEstimatingTokens();
    expect(tokens.count("")).toBe(0);
    expect(tokens.count(" ")).toBe(1);
    fc.assert(fc.property(fc.string({ minLength: 1 }), (text) => tokens.count(text) >= Math.max(1, Math.floor(text.length / 12))));
  });

  it("is near a model's own count for prose", () => {
    const text = "The quick brown fox jumps over the lazy dog and runs into the wide forest. ".repeat(20);
    const tokens = createEstimatingTokens().count(text);
    expect(tokens).toBeGreaterThan(16 * 20 * 0.85);
    expect(tokens).toBeLessThan(16 * 20 * 1.15);
  });

  it("does not take packed text, spaces and far scripts for cheap", () => {
    const tokens = createEstimatingTokens();
    const packed = Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 7_919) % 256)).toString("base64");
    expect(tokens.count(packed)).toBeGreaterThan(packed.length / 2);
    expect(tokens.count(" ".repeat(12_000))).toBeGreaterThanOrEqual(1_000);
    expect(tokens.count("\u0E2A\u0E27\u0E31\u0E2A\u0E14\u0E35".repeat(100))).toBeGreaterThanOrEqual(250);
  });

  it("of a very long text comes from samples, near the whole", () => {
    const tokens = createEstimatingTokens();
    const line = "function add(left, right) { return left + right; } // 12345\n";
    const whole = tokens.count(line.repeat(100)) * 100;
    const sampled = tokens.count(line.repeat(10_000));
    expect(Math.abs(sampled - whole) / whole).toBeLessThan(0.05);
  });

  it("rises quickly to what is reported, falls slowly, and stays within bounds", () => {
    const tokens = createEstimatingTokens();
    const text = "word ".repeat(200);
    const start = tokens.count(text);
    tokens.calibrate(1_000, 2_000);
    expect(tokens.count(text)).toBe(Math.ceil(start * 1.5));
    for (let round = 0; round < 50; round += 1) tokens.calibrate(tokens.count(text), tokens.count(text) * 10);
    expect(tokens.count(text)).toBe(start * 3);
    for (let round = 0; round < 500; round += 1) tokens.calibrate(1_000, 1);
    expect(Math.abs(tokens.count(text) - start * 0.9)).toBeLessThanOrEqual(1);
  });

  it("is not moved by nonsense or by tiny requests", () => {
    const tokens = createEstimatingTokens();
    const text = "word ".repeat(200);
    const start = tokens.count(text);
    for (const [estimated, reported] of [[1_000, 0], [1_000, -5], [1_000, Number.NaN], [Number.NaN, 10], [0, 10], [20, 60]] as const) tokens.calibrate(estimated, reported);
    expect(tokens.count(text)).toBe(start);
  });
});
