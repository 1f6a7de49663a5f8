import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { omni } from "../src/index.ts";

describe("the options of window-all", () => {
  it("are an empty object, also when left out", () => {
    expect(omni.options.parse(undefined)).toEqual({});
    expect(omni.options.parse({})).toEqual({});
  });

  it("are refused when they are no object", () => {
    for (const value of [null, [], 3, "all"]) expect(() => omni.options.parse(value)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });

  it("make windows without a bound", async () => {
    const windows = await omni.create({}, createFakeHost());
    expect(windows.capacity).toBe(Infinity);
  });
});
