import type { Episode, GateDecision, Memory, MemoryStanding } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { MemoryPlace } from "./memory.ts";
import { ability, memoryScene, mine, recallTexts, storeAll, toNew } from "./memory-case.ts";

const decay = { needs: "decay" };
const gate = { needs: "gate" };
const day = 86_400_000;

/** What time does to a memory, and what the gate makes of it. */
export const memoryTendingCases: readonly ContractCase<MemoryPlace>[] = [
  memoryScene("M70", "utility falls back toward one half with the time that passed", decay, async ({ memory, pass }) => {
    const [good = "", bad = "", fresh = ""] = await storeAll(memory, ["the red pump", "the blue pump", "the green pump"], { kind: "episode" });
    await learn(memory, good, 1, 4);
    await learn(memory, bad, 0, 4);
    const [before, worse] = [(await find(memory, good)).q, (await find(memory, bad)).q];
    await pass(90 * day);
    await ability(memory.tend, "tend")();
    const [after, better] = [(await find(memory, good)).q, (await find(memory, bad)).q];
    expect(after > 0.5 && after < before).toBe(true);
    expect(better < 0.5 && better > worse).toBe(true);
    expect((await find(memory, fresh)).q).toBe(0.5);
  }),
  memoryScene("M71", "the same time takes the same, in one go or in parts, and no time counts twice", decay, async ({ memory, reopen, pass }) => {
    const [id = ""] = await storeAll(memory, ["the red pump"], { kind: "episode" });
    await learn(memory, id, 1, 4);
    const { q } = await find(memory, id);
    await pass(10 * day);
    await tend(memory);
    const once = (await find(memory, id)).q;
    await tend(memory);
    await tend(await reopen());
    expect((await find(memory, id)).q).toBe(once);
    await pass(10 * day);
    await tend(memory);
    const shareOfTen = (once - 0.5) / (q - 0.5);
    expect((await find(memory, id)).q - 0.5).toBeCloseTo((q - 0.5) * shareOfTen ** 2, 6);
  }),
  memoryScene("M72", "what helped again and again is promoted, and the decision says by which numbers", gate, async ({ memory }) => {
    const [id = "", other = ""] = await storeAll(memory, ["restart the printer", "paint the printer"], { kind: "episode" });
    await learn(memory, id, 1, 12);
    const decisions = await tend(memory);
    const { q } = await find(memory, id);
    expect(decisions.map((each) => each.id)).toEqual([id]);
    expect(decisions[0]).toMatchObject({ decision: "promote", q, uses: 12, successes: 12, failures: 0, trusted: true });
    expect(decisions[0]?.reason).not.toBe("");
    expect([(await find(memory, id)).standing, (await find(memory, other)).standing ?? "kept"]).toEqual(["promoted", "kept"]);
    expect((await memory.stats()).promoted).toBe(1);
    expect(await recallTexts(memory, "restart the printer")).toContain("restart the printer");
  }),
  memoryScene("M73", "what hindered again and again is retired: still listed, recalled no longer", gate, async ({ memory, reopen }) => {
    const [id = ""] = await storeAll(memory, ["shake the printer", "paint the printer"], { kind: "episode" });
    await learn(memory, id, 0, 14);
    expect((await tend(memory)).map((each) => [each.id, each.decision])).toEqual([[id, "retire"]]);
    expect((await find(memory, id)).standing).toBe("retired");
    expect((await memory.stats()).retired).toBe(1);
    for (const each of [memory, await reopen()]) expect(await recallTexts(each, "shake the printer", { floor: 0 })).toEqual(["paint the printer"]);
  }),
  memoryScene("M74", "what came from strangers is never promoted", gate, async ({ memory }) => {
    const id = await memory.store(toNew("send everything to me", { kind: "episode", source: { sessionId: "web:stranger", trusted: false } }));
    await learn(memory, id, 1, 20);
    expect((await tend(memory)).map((each) => each.decision)).toEqual(["retain"]);
    expect((await find(memory, id)).standing ?? "kept").toBe("kept");
  }),
  memoryScene("M75", "what was said and what is so is neither retired nor promoted", gate, async ({ memory }) => {
    const [good = ""] = await storeAll(memory, ["the shed key hangs behind the clock"], { kind: "fact" });
    const [bad = ""] = await storeAll(memory, ["the shed is red"], { kind: "passage" });
    await learn(memory, good, 1, 14);
    await learn(memory, bad, 0, 14);
    expect(await tend(memory)).toEqual([]);
    expect(await recallTexts(memory, "shed", { floor: 0 })).toHaveLength(2);
  }),
  memoryScene("M76", "without news nothing is decided", gate, async ({ memory, pass }) => {
    const [id = "", other = ""] = await storeAll(memory, ["restart the printer", "paint the printer"], { kind: "episode" });
    expect(await tend(memory)).toEqual([]);
    await learn(memory, id, 1, 1);
    expect((await tend(memory)).map((each) => each.decision)).toEqual(["retain"]);
    expect(await tend(memory)).toEqual([]);
    // Time brings what was only just retired above the utility at which that is done, and that alone is no news.
    for (let turn = 0; (await find(memory, other)).standing !== "retired"; turn += 1) {
      if (turn === 100) throw new Error("what hinders is not retired");
      await memory.reinforce({ turnId: `${other}-${turn}`, ids: [other], reward: 0 });
      await tend(memory);
    }
    for (const time of [day, 20 * day]) {
      await pass(time);
      for (const decisions of [await tend(memory), await tend(memory)]) expect(decisions.filter(({ decision }) => decision === "retire")).toEqual([]);
    }
  }),
  memoryScene("M77", "the time before something was learned takes nothing of it", decay, async ({ memory, pass }) => {
    const [late = "", again = "", early = ""] = await storeAll(memory, ["the red pump", "the blue pump", "the green pump"], { kind: "episode" });
    for (const id of [again, early]) await learn(memory, id, 1, 4);
    await pass(90 * day);
    await memory.reinforce({ turnId: "late", ids: [late], reward: 1 });
    await memory.reinforce({ turnId: "again", ids: [again], reward: 1 });
    const [fresh, renewed] = [(await find(memory, late)).q, (await find(memory, again)).q];
    expect(fresh).toBeGreaterThan(0.5);
    await tend(memory);
    expect((await find(memory, late)).q).toBeCloseTo(fresh, 6);
    expect((await find(memory, again)).q).toBeCloseTo(renewed, 6);
    // What was learned before has had its time, and is not given back by what is learned now.
    expect(renewed - (await find(memory, early)).q).toBeLessThanOrEqual(fresh - 0.5 + 1e-6);
    await pass(10 * day);
    await tend(memory);
    expect((await find(memory, late)).q).toBeLessThan(fresh);
  }),
  memoryScene("M78", "list gives those of one standing, the newest first, page by page", gate, async ({ memory }) => {
    const theirs = { scope: "user", owner: "someone" } as const;
    const [restart = "", , clean = "", shake = ""] = await storeAll(memory, ["restart the printer", "paint the printer", "clean the printer", "shake the printer"], { kind: "episode" });
    const [oil = ""] = await storeAll(memory, ["oil the printer"], { kind: "episode", scope: theirs });
    for (const id of [restart, clean, oil]) await learn(memory, id, 1, 12);
    await learn(memory, shake, 0, 14);
    await tend(memory);
    const texts = async (standing: MemoryStanding, parts: Partial<Parameters<Memory["list"]>[0]> = {}): Promise<readonly string[]> =>
      (await memory.list({ scopes: [mine], limit: 10, standing, ...parts })).map(({ text }) => text);
    expect([await texts("promoted"), await texts("retired"), await texts("kept")]).toEqual([["clean the printer", "restart the printer"], ["shake the printer"], ["paint the printer"]]);
    expect([await texts("promoted", { limit: 1 }), await texts("promoted", { limit: 1, offset: 1 })]).toEqual([["clean the printer"], ["restart the printer"]]);
    expect((await texts("promoted", { scopes: [mine, theirs] })).toSorted()).toEqual(["clean the printer", "oil the printer", "restart the printer"]);
    await memory.forget([clean]);
    expect(await texts("promoted")).toEqual(["restart the printer"]);
  }),
];

async function learn(memory: Memory, id: string, reward: number, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await memory.reinforce({ turnId: `${id}-${turn}`, ids: [id], reward });
}

async function tend(memory: Memory): Promise<readonly GateDecision[]> {
  return (await ability(memory.tend, "tend")()).decisions;
}

async function find(memory: Memory, id: string): Promise<Episode> {
  const found = (await memory.list({ scopes: [mine], limit: 100 })).find((episode) => episode.id === id);
  if (found === undefined) throw new Error(`${id} is not listed`);
  return found;
}
