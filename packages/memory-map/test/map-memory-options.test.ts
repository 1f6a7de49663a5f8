import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { mapMemoryOptions, omni } from "../src/index.ts";

const scopes = [{ scope: "user", owner: "me" } as const];

describe("the options of memory-map", () => {
  it("have the documented defaults", () => {
    expect(mapMemoryOptions.parse(undefined)).toEqual({ utilityWeight: 0.3, learningRate: 0.2, floor: 0.3 });
  });

  it.each([[{ floor: 1.1 }], [{ floor: -0.1 }], [{ learningRate: "fast" }], [{ utilityWeight: Number.NaN }], [[]], [null], ["map"]])("refuse %j", (value) => {
    expect(() => mapMemoryOptions.parse(value)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });

  it("are all obeyed", async () => {
    const memory = await omni.create(omni.options.parse({ utilityWeight: 1, learningRate: 1, floor: 0.6 }), createFakeHost());
    const id = await memory.store({ kind: "episode", text: "red kite", at: 1, source: { trusted: true }, scope: { scope: "user", owner: "me" } });
    expect(await memory.recall("red boat", { scopes, limit: 5 })).toEqual([]);
    await memory.reinforce({ turnId: "t", ids: [id], reward: 1 });
    expect(await memory.recall("red kite", { scopes, limit: 5 })).toMatchObject([{ score: 1, utility: 1, similarity: 1 }]);
    await memory.reinforce({ turnId: "u", ids: [id], reward: 0 });
    expect(await memory.recall("red kite", { scopes, limit: 5 })).toMatchObject([{ score: 0, utility: 0, similarity: 1 }]);
  });
});
