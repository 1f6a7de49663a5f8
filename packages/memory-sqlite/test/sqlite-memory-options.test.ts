import { describe, expect, it } from "vitest";
import { sqliteMemoryOptions } from "../src/index.ts";

describe("the options", () => {
  it("have defaults, and take what is given in their place", () => {
    const all = sqliteMemoryOptions.parse(undefined);
    expect(all).toMatchObject({ utilityWeight: 0.7, candidates: 20, mostExperiences: 3, leastBeside: 0.46, mostUntried: 1, learningRate: 0.1, credit: "set", floor: 0.3, thread: "auto" });
    expect(sqliteMemoryOptions.parse({ floor: 0.5, hops: 1, path: "/tmp/m.db" })).toEqual({ ...all, floor: 0.5, hops: 1, path: "/tmp/m.db" });
  });

  it("have the roadmap's numbers by name, which single numbers go before", () => {
    expect(sqliteMemoryOptions.parse({ preset: "roadmap" })).toMatchObject({ utilityWeight: 0.3, candidates: 20, mostExperiences: 5, leastBeside: 0, mostUntried: 5, learningRate: 0.2, credit: "own" });
    expect(sqliteMemoryOptions.parse({ preset: "roadmap", learningRate: 0.3 })).toMatchObject({ utilityWeight: 0.3, learningRate: 0.3 });
  });

  it.each([
    [7], [[]], ["x"], [{ floor: 2 }], [{ floor: "0.3" }], [{ candidates: 0 }], [{ candidates: 1.5 }], [{ path: "relative.db" }], [{ credit: "all" }], [{ preset: "none" }], [{ preset: "toString" }],
    [{ thread: "both" }], [{ hops: 9 }], [{ learningRate: Number.NaN }], [{ retireAt: 0.8 }], [{ leastBeside: 1.1 }], [{ busyTimeoutMs: -1 }],
  ])("refuse %j with config.invalid", (value) => {
    expect(() => sqliteMemoryOptions.parse(value)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });
});
