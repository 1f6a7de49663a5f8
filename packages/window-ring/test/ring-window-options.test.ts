import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { omni, ringWindowOptions } from "../src/index.ts";

describe("the options of window-ring", () => {
  it("have the documented defaults", () => {
    expect(ringWindowOptions.parse(undefined)).toEqual({ capacity: 2048, consolidateAt: 1536, consolidateBatch: 32 });
  });

  it("derive what is not given from the capacity", () => {
    expect(ringWindowOptions.parse({ capacity: 8 })).toEqual({ capacity: 8, consolidateAt: 6, consolidateBatch: 6 });
    expect(ringWindowOptions.parse({ capacity: 1 })).toEqual({ capacity: 1, consolidateAt: 1, consolidateBatch: 1 });
  });

  it.each([
    ["a capacity of zero", { capacity: 0 }],
    ["a fraction", { capacity: 1.5 }],
    ["a number in quotes", { capacity: "8" }],
    ["an endless capacity", { capacity: Infinity }],
    ["a threshold past the capacity", { capacity: 8, consolidateAt: 9 }],
    ["a batch past the threshold", { capacity: 8, consolidateAt: 4, consolidateBatch: 5 }],
    ["a list", []],
    ["null", null],
  ])("refuse %s", (_, value) => {
    expect(() => ringWindowOptions.parse(value)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });

  it("reach the windows that are made", async () => {
    const windows = await omni.create(omni.options.parse({ capacity: 12 }), createFakeHost());
    expect(windows).toMatchObject({ capacity: 12, consolidateAt: 9, consolidateBatch: 9 });
  });
});
