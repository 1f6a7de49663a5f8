import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Store } from "@omni/core";
import type { StoreHome } from "./store-home.ts";
import { chunkUnits } from "../src/texts.ts";
import { makeStoreHome } from "./store-home.ts";

describe("texts", () => {
  let home: StoreHome;
  let store: Store;
  beforeAll(async () => {
    home = makeStoreHome();
    store = await home.open();
  });
  afterAll(() => home.dispose());

  it("are cut as String.slice cuts them, wherever a range begins and ends", async () => {
    const piece = fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.constantFrom("\ud800", "\udc00", "\u0000", "\u00ff", "\u0100", "\u{1f600}"));
    const text = fc.tuple(fc.array(piece, { maxLength: 20 }), fc.constantFrom(0, 1, chunkUnits - 7, chunkUnits, 2 * chunkUnits + 3)).map(([pieces, pad]) => pieces.join("") + "x\u{1f600}".repeat(pad / 3) + pieces.toReversed().join(""));
    const near = fc.oneof(fc.nat({ max: 3 * chunkUnits }), fc.constantFrom(0, chunkUnits - 1, chunkUnits, chunkUnits + 1, 2 * chunkUnits));
    await fc.assert(
      fc.asyncProperty(text, near, near, async (whole, offset, limit) => {
        const id = await store.putText("test:one", "t1", whole);
        expect(await store.readText("test:one", id, { offset, limit })).toEqual({ text: whole.slice(offset, offset + limit), length: whole.length });
      }),
      { numRuns: 60 },
    );
  });

  it("are read by the page without loading the whole", async () => {
    const whole = "0123456789abcdef".repeat(8 * 65_536);
    const id = await store.putText("test:one", "t1", whole);
    const before = process.memoryUsage().external;
    for (let page = 0; page < 50; page++) {
      const offset = page * 150_001;
      expect((await store.readText("test:one", id, { offset, limit: 4_000 }))?.text).toBe(whole.slice(offset, offset + 4_000));
    }
    expect(process.memoryUsage().external - before).toBeLessThan(whole.length);
  });

  it("take an odd range as an empty or a shorter one", async () => {
    const id = await store.putText("test:one", "t1", "abc");
    for (const [offset, limit, text] of [[-5, 2, "ab"], [1, -1, ""], [1, Number.POSITIVE_INFINITY, "bc"], [Number.NaN, 1, "a"], [0.5, 1.5, "a"]] as const) {
      expect(await store.readText("test:one", id, { offset, limit })).toEqual({ text, length: 3 });
    }
  });
});
