import { describe, expect, it } from "vitest";
import type { ModelEvent } from "@omni/core";
import { gatherDeltas } from "../src/gather-deltas.ts";

const toEvents = (text: string): readonly ModelEvent[] => [{ type: text.startsWith("(") ? "reasoning-delta" : "text-delta", text }];
const nextTick = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function* together(texts: readonly string[]): AsyncGenerator<string, void, undefined> {
  yield* texts;
}

describe("deltas that are gathered", () => {
  it("are one where they come in one turn of the event loop, kinds apart and in order", async () => {
    const events = await Array.fromAsync(gatherDeltas(together(["(a", "(b", "one ", "two ", "(c", "three"]), toEvents));
    expect(events).toEqual([{ type: "reasoning-delta", text: "(a(b" }, { type: "text-delta", text: "one two " }, { type: "reasoning-delta", text: "(c" }, { type: "text-delta", text: "three" }]);
  });

  it("are handed over before the next one comes where that takes longer", async () => {
    const gate = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<string, void, undefined> {
      yield "first ";
      await gate.promise;
      yield "second";
    }
    const events = gatherDeltas(slow(), toEvents);
    expect((await events.next()).value).toEqual({ type: "text-delta", text: "first " });
    gate.resolve();
    expect((await events.next()).value).toEqual({ type: "text-delta", text: "second" });
    expect((await events.next()).done).toBe(true);
  });

  it("are read ahead of a slow reader by a bounded piece", async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<string, void, undefined> {
      for (;;) {
        read += 1;
        yield "x".repeat(10_000);
      }
    }
    const events = gatherDeltas(endless(), toEvents);
    await events.next();
    for (let tick = 0; tick < 20; tick += 1) await nextTick();
    expect(read).toBeLessThan(20);
    await events.return();
    for (let tick = 0; tick < 20; tick += 1) await nextTick();
    const last = read;
    await nextTick();
    expect(read).toBe(last);
  });

  it("come before the error that ended their source", async () => {
    async function* broken(): AsyncGenerator<string, void, undefined> {
      yield "half";
      throw new Error("cut");
    }
    const seen: ModelEvent[] = [];
    const reading = (async () => {
      for await (const event of gatherDeltas(broken(), toEvents)) seen.push(event);
    })();
    await expect(reading).rejects.toThrow("cut");
    expect(seen).toEqual([{ type: "text-delta", text: "half" }]);
  });
});
