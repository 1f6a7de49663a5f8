import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { createMergedQueue } from "../src/merged-queue.ts";

describe("createMergedQueue", () => {
  it("resolves an emit only after the consumer has asked for the next event", async () => {
    const queue = createMergedQueue<string>();
    const order: string[] = [];
    const emitted = queue.emit("a").then(() => order.push("emit resolved"));
    const reader = queue[Symbol.asyncIterator]();
    const first = await reader.next();
    order.push(`took ${String(first.value)}`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push("recorded");
    const second = reader.next();
    await emitted;
    queue.close();
    expect((await second).done).toBe(true);
    expect(order).toEqual(["took a", "recorded", "emit resolved"]);
  });

  it("keeps the order of each producer and loses nothing, however they interleave", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.nat(), { maxLength: 8 }), { maxLength: 6 }), async (producers) => {
        const queue = createMergedQueue<{ producer: number; value: number }>();
        const work = producers.map(async (values, producer) => {
          for (const value of values) await queue.emit({ producer, value });
        });
        void Promise.all(work).then(queue.close);
        const seen: { producer: number; value: number }[] = [];
        for await (const event of queue) seen.push(event);
        for (const [producer, values] of producers.entries()) {
          expect(seen.filter((each) => each.producer === producer).map((each) => each.value)).toEqual(values);
        }
      }),
    );
  });

  it("rejects every waiting producer when the consumer leaves, so that nobody hangs", async () => {
    const queue = createMergedQueue<number>();
    const waiting = [queue.emit(1), queue.emit(2), queue.emit(3)].map((each) => each.then(() => "taken", () => "dropped"));
    for await (const event of queue) if (event === 2) break;
    expect(await Promise.all(waiting)).toEqual(["taken", "dropped", "dropped"]);
    await expect(queue.emit(4)).rejects.toThrow("nobody reads");
  });

  it("throws to the consumer what it was failed with, after the events before it", async () => {
    const queue = createMergedQueue<number>();
    const emitted = queue.emit(1);
    queue.fail(new Error("broke"));
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const event of queue) seen.push(event);
      })(),
    ).rejects.toThrow("broke");
    await emitted;
    expect(seen).toEqual([1]);
  });
});
