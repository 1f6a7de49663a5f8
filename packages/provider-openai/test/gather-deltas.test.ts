import { describe, expect, it } from "vitest";
import type { ModelEvent } from "@omni/core";
import { gatherDeltas } from "../src/gather-deltas.ts";

const toEvents = (text: string): readonly ModelEvent[] => [{ type: text.startsWith("(") ? "reasoning-delta" : "text-delta", text }];
const nextTick = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Gathers what a source yields, one text after the other. */
function gatherFrom(source: () => AsyncIterable<string>): AsyncGenerator<ModelEvent, void, undefined> {
  return gatherDeltas(async (gather) => {
    for await (const text of source()) await gather(toEvents(text));
  });
}

async function* together(texts: readonly string[]): AsyncGenerator<string, void, undefined> {
  yield* texts;
}

describe("deltas that are gathered", () => {
  it("are one where they come in one turn of the event loop, kinds apart and in order", async () => {
    const events = await Array.fromAsync(gatherFrom(() => together(["(a", "(b", "one ", "two ", "(c", "three"])));
    expect(events).toEqual([{ type: "reasoning-delta", text: "(a(b" }, { type: "text-delta", text: "one two " }, { type: "reasoning-delta", text: "(c" }, { type: "text-delta", text: "three" }]);
  });

  it("are handed over before the next one comes where that takes longer", async () => {
    const gate = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<string, void, undefined> {
      yield "first ";
      await gate.promise;
      yield "second";
    }
    const events = gatherFrom(slow);
    expect((await events.next()).value).toEqual({ type: "text-delta", text: "first " });
    gate.resolve();
    expect((await events.next()).value).toEqual({ type: "text-delta", text: "second" });
    expect((await events.next()).done).toBe(true);
  });

  it("are read ahead of a slow reader by a bounded piece", async () => {
    let read = 0;
    async function* long(): AsyncGenerator<string, void, undefined> {
      for (; read < 100; read += 1) yield "x".repeat(10_000);
    }
    const events = gatherFrom(long);
    await events.next();
    for (let tick = 0; tick < 20; tick += 1) await nextTick();
    expect(read).toBeLessThan(20);
    await events.return();
    // Nobody waits for what is left: the reading is let go on, to meet the end of its own signal.
    for (let tick = 0; tick < 20; tick += 1) await nextTick();
    expect(read).toBe(100);
  });

  it("come before the error that ended their source", async () => {
    async function* broken(): AsyncGenerator<string, void, undefined> {
      yield "half";
      throw new Error("cut");
    }
    const seen: ModelEvent[] = [];
    const reading = (async () => {
      for await (const event of gatherFrom(broken)) seen.push(event);
    })();
    await expect(reading).rejects.toThrow("cut");
    expect(seen).toEqual([{ type: "text-delta", text: "half" }]);
  });
});
