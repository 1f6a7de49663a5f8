import { describe, expect, it } from "vitest";
import type { Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { createOutboxHarness, meeting, watchIdle } from "./outbox-harness.ts";

/** A store whose reads of the outbox are seen: how many rows at most, without which conversations, and how many came. */
const watchingReads = () => {
  const reads: { readonly limit: number; readonly leftOut: readonly string[]; readonly rows: number }[] = [];
  return {
    reads,
    wrap: (store: Store): Store => ({
      ...store,
      async outbox(name, limit, leftOut = []) {
        const rows = await store.outbox(name, limit, leftOut);
        reads.push({ limit, leftOut, rows: rows.length });
        return rows;
      },
    }),
  };
};

describe("a sender with much to deliver", () => {
  it("reads nothing of a conversation that waits, however much of it there is", async () => {
    const harness = createOutboxHarness();
    const { reads, wrap } = watchingReads();
    harness.platform.faults.push("refused");
    await harness.put("hall", ...Array.from({ length: 2_500 }, (_, index) => `${index}`));
    const { sender } = await harness.open({ store: wrap });
    sender.wake();
    await harness.clock.advance(0);
    await harness.put("attic", "here");
    sender.wake();
    await harness.clock.advance(0);
    expect(harness.shown()).toEqual(["attic: here"]);
    expect(reads.slice(0, 2)).toEqual([{ limit: 1_000, leftOut: [], rows: 1_000 }, { limit: 999, leftOut: ["hall"], rows: 1 }]);
    expect(reads.slice(2).every(({ rows }) => rows === 0)).toBe(true);
  });

  it("holds one row of a conversation that rests, and reads those behind it anew", async () => {
    const harness = createOutboxHarness();
    const { reads, wrap } = watchingReads();
    harness.platform.faults.push("refused");
    await harness.put("hall", "one", "two", "three");
    const { sender } = await harness.open({ store: wrap });
    sender.wake();
    await harness.clock.advance(1_000);
    expect(harness.shown()).toEqual(["hall: one", "hall: two", "hall: three"]);
    expect(reads.map(({ rows }) => rows)).toEqual([3, 2, 0]);
  });

  it("neither reads nor sends more while a thousand conversations rest, and goes on as soon as the platform takes one", async () => {
    const harness = createOutboxHarness();
    const { reads, wrap } = watchingReads();
    let isDown = true;
    const { keys, wrap: wrapChannel } = meeting(() => (isDown ? new OmniError("egress.failed", "down", { retryable: true }) : undefined));
    for (let index = 0; index < 1_100; index += 1) await harness.put(`room${index}`, "one");
    const { sender } = await harness.open({ store: wrap, channel: wrapChannel });
    for (let wakes = 0; wakes < 5; wakes += 1) {
      sender.wake();
      await harness.clock.advance(0);
    }
    expect([reads.length, keys.length]).toEqual([1, 1_000]);
    isDown = false;
    await harness.clock.advance(1_000);
    expect(harness.shown()).toHaveLength(1_100);
    expect(new Set(harness.shown()).size).toBe(1_100);
    expect(Math.max(...reads.map(({ leftOut }) => leftOut.length))).toBeLessThan(1_000);
  });

  it("reads again at once after a short read, and after twenty times the length of a long one", async () => {
    for (const [length, pause] of [[10, 0], [100, 2_000], [60_000, 10_000]] as const) {
      const harness = createOutboxHarness();
      const { reads, wrap } = watchingReads();
      await harness.put("hall", "one");
      const { sender } = await harness.open({ store: (store) => wrap({ ...store, outbox: async (...given) => (await harness.clock.sleep(length), store.outbox(...given)) }) });
      sender.wake();
      // It is woken by the end of its own send, and by this.
      await harness.clock.advance(length);
      await harness.put("attic", "two");
      sender.wake();
      await harness.clock.advance(pause + length - 1);
      expect([length, reads.length]).toEqual([length, 1]);
      await harness.clock.advance(1);
      expect([length, reads.length, harness.shown()]).toEqual([length, 2, ["hall: one", "attic: two"]]);
    }
  });

  it("is not idle while it waits to read, and waits no more once it is stopped", async () => {
    const harness = createOutboxHarness();
    const life = await harness.open({ store: (store) => ({ ...store, outbox: async (...given) => (await harness.clock.sleep(100), store.outbox(...given)) }) });
    life.sender.wake();
    await harness.clock.advance(100);
    await harness.put("hall", "one");
    life.sender.wake();
    const isIdle = watchIdle(life.sender);
    await harness.clock.advance(1_000);
    expect(isIdle()).toBe(false);
    life.stop();
    await harness.clock.advance(0);
    expect([isIdle(), harness.shown(), harness.clock.pending]).toEqual([true, [], 0]);
  });
});
