import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rememberEstimates } from "../../src/host/remembered-estimates.ts";

describe("remembered estimates", () => {
  it("are made once for a text, and are those of the text", () => {
    const asked: string[] = [];
    const estimate = rememberEstimates((text) => (asked.push(text), text.length));
    const text = "a".repeat(100);
    expect([estimate(text), estimate(text), estimate(`${text}b`)]).toEqual([100, 100, 101]);
    expect(asked).toEqual([text, `${text}b`]);
  });

  it("are the same with and without, whatever is asked", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 200 })), (texts) => {
        const estimate = rememberEstimates((text) => text.length);
        expect([...texts, ...texts].map(estimate)).toEqual([...texts, ...texts].map((text) => text.length));
      }),
    );
  });

  it("are forgotten when two generations of other texts have come, and not while they are asked for", () => {
    let made = 0;
    const estimate = rememberEstimates(() => ++made);
    const used = "u".repeat(1_000);
    const left = "l".repeat(1_000);
    estimate(used);
    estimate(left);
    for (let index = 0; index < 100; index += 1) {
      estimate(`${index}`.padEnd(100_000, "x"));
      estimate(used);
    }
    const before = made;
    expect([estimate(used), made]).toEqual([1, before]);
    estimate(left);
    expect(made).toBe(before + 1);
  });

  it("are not kept of what is longer than a generation", () => {
    let made = 0;
    const estimate = rememberEstimates(() => ++made);
    const long = "x".repeat(3_000_000);
    estimate(long);
    estimate(long);
    expect(made).toBe(2);
  });
});
