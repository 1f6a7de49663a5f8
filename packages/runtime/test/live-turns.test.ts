import { afterEach, describe, expect, it } from "vitest";
import type { RuntimeHarness } from "./runtime-harness.ts";
import { createRuntimeHarness } from "./runtime-harness.ts";

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

describe("turns that have ended", () => {
  it("are followed from their events while those are not too long together, what they ended with included, and the last in any case", async () => {
    harness = await createRuntimeHarness({ script: ({ messages }) => ({ text: "x".repeat(JSON.stringify(messages.at(-1)).includes("long") ? 3_000_000 : 800_000) }) });
    const runtime = await harness.open();
    const ended: string[] = [];
    const say = async (text: string): Promise<readonly boolean[]> => {
      const { turnId, outcome } = await runtime.submit(harness.message(text, { sessionId: `test:${ended.length}` }));
      await outcome;
      ended.push(turnId);
      // It is counted right after whoever waits is told.
      await new Promise((resolve) => setImmediate(resolve));
      return ended.map((each) => runtime.follow(each) !== undefined);
    };
    expect(await say("short")).toEqual([true]);
    expect(await say("short")).toEqual([false, true]);
    expect(await say("long")).toEqual([false, false, true]);
    const { events } = runtime.follow(ended.at(-1) ?? "") ?? {};
    const told = events === undefined ? [] : await Array.fromAsync(events());
    expect(told.map(({ event }) => event.type)).toContain("model-reply");
  });
});
