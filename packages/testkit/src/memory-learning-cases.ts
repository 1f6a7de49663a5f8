import type { Episode, Memory } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { MemoryPlace } from "./memory.ts";
import { firstTime, memoryCase, mine, recallTexts, storeAll, toNew } from "./memory-case.ts";

/** How a memory learns what helps. */
export const memoryLearningCases: readonly ContractCase<MemoryPlace>[] = [
  memoryCase("M40", "reinforce moves the utility of what is named toward the reward, and of nothing else", async (memory) => {
    const [good = "", bad = "", other = ""] = await storeEpisodes(memory);
    await memory.reinforce({ turnId: "t1", ids: [good], reward: 1 });
    await memory.reinforce({ turnId: "t2", ids: [bad], reward: 0 });
    expect((await find(memory, good)).q).toBeGreaterThan(0.5);
    expect((await find(memory, bad)).q).toBeLessThan(0.5);
    expect((await find(memory, other)).q).toBe(0.5);
  }),
  memoryCase("M41", "a turn is counted once, however often it is reported", async (memory) => {
    const [id = ""] = await storeEpisodes(memory);
    await memory.reinforce({ turnId: "t1", ids: [id, id], reward: 1 });
    const once = await find(memory, id);
    await memory.reinforce({ turnId: "t1", ids: [id], reward: 1 });
    await Promise.all([1, 2, 3].map(() => memory.reinforce({ turnId: "t1", ids: [id], reward: 0 })));
    expect(await find(memory, id)).toEqual(once);
    expect(once.uses).toBe(1);
  }),
  memoryCase("M42", "uses, successes and failures are counted", async (memory) => {
    const [id = ""] = await storeEpisodes(memory);
    for (const [turn, reward] of [1, 1, 0, 0.5].entries()) await memory.reinforce({ turnId: `t${turn}`, ids: [id], reward });
    expect(await find(memory, id)).toMatchObject({ uses: 4, successes: 2, failures: 1 });
  }),
  memoryCase("M43", "utility stays between 0 and 1 after any number of turns", async (memory) => {
    const [good = "", bad = ""] = await storeEpisodes(memory);
    for (let turn = 0; turn < 60; turn += 1) {
      await memory.reinforce({ turnId: `good-${turn}`, ids: [good], reward: 1 });
      await memory.reinforce({ turnId: `bad-${turn}`, ids: [bad], reward: 0 });
    }
    const { q: high } = await find(memory, good);
    const { q: low } = await find(memory, bad);
    expect(high > 0.5 && high <= 1).toBe(true);
    expect(low < 0.5 && low >= 0).toBe(true);
  }),
  memoryCase("M44", "ids that are not known, or known no longer, change nothing", async (memory) => {
    const [id = "", gone = ""] = await storeEpisodes(memory);
    await memory.forget([gone]);
    const before = await memory.list({ scopes: [mine], limit: 10 });
    await memory.reinforce({ turnId: "t1", ids: ["never-stored", gone], reward: 1 });
    await memory.reinforce({ turnId: "t2", ids: [], reward: 1 });
    expect(await memory.list({ scopes: [mine], limit: 10 })).toEqual(before);
    expect((await find(memory, id)).uses).toBe(0);
  }),
  memoryCase("M45", "of two experiences that are equally similar the one that helped comes first", async (memory) => {
    const helped = await memory.store(toNew("restart the printer", { kind: "episode", outcome: "first", at: firstTime }));
    const hindered = await memory.store(toNew("restart the printer", { kind: "episode", outcome: "after", at: firstTime + 1_000 }));
    for (const turn of [1, 2, 3]) {
      await memory.reinforce({ turnId: `a${turn}`, ids: [helped], reward: 1 });
      await memory.reinforce({ turnId: `b${turn}`, ids: [hindered], reward: 0 });
    }
    const recalled = await memory.recall("restart the printer", { scopes: [mine], limit: 1 });
    expect(recalled.map(({ episode }) => episode.id)).toEqual([helped]);
  }),
  memoryCase("M46", "a fact is recalled by its similarity, whatever its utility", async (memory) => {
    const [id = ""] = await storeAll(memory, ["the shed key hangs behind the clock", "the shed is red"], { kind: "fact" });
    for (let turn = 0; turn < 30; turn += 1) await memory.reinforce({ turnId: `t${turn}`, ids: [id], reward: 0 });
    expect((await recallTexts(memory, "shed key clock"))[0]).toBe("the shed key hangs behind the clock");
  }),
  memoryCase("M47", "what was learned, and from which turns, is there when the place is opened again", async (memory, reopen) => {
    const [id = ""] = await storeEpisodes(memory);
    await memory.reinforce({ turnId: "t1", ids: [id], reward: 1 });
    const learned = await find(memory, id);
    const again = await reopen();
    expect(await find(again, id)).toEqual(learned);
    await again.reinforce({ turnId: "t1", ids: [id], reward: 1 });
    expect(await find(again, id)).toEqual(learned);
  }),
];

function storeEpisodes(memory: Memory): Promise<readonly string[]> {
  return storeAll(memory, ["restart the printer", "shake the printer", "paint the printer"], { kind: "episode" });
}

async function find(memory: Memory, id: string): Promise<Episode> {
  const found = (await memory.list({ scopes: [mine], limit: 100 })).find((episode) => episode.id === id);
  if (found === undefined) throw new Error(`${id} is not listed`);
  return found;
}
