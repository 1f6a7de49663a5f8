import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { MemoryPlace } from "./memory.ts";
import { ability, memoryScene, mine, storeAll, toNew } from "./memory-case.ts";

const graph = { needs: "graph" };
const texts: readonly string[] = [
  "We met Marta Olsen at the harbour of Bergen.",
  "The boat of Marta Olsen lies in Bergen.",
  "In May the market of Bergen opens.",
  "the kettle is on the stove",
];

/** How memories hang together by what they name. */
export const memoryGraphCases: readonly ContractCase<MemoryPlace>[] = [
  memoryScene("M60", "neighbours share people, places or things, the nearest first, and say which", graph, async ({ memory }) => {
    const [first = ""] = await storeAll(memory, texts);
    const neighbours = await ability(memory.neighbours, "neighbours")([first], { scopes: [mine], limit: 10 });
    expect(neighbours.map(({ episode }) => episode.text)).toEqual([texts[1], texts[2]]);
    expect(neighbours[0]?.shared.join(" ").toLowerCase()).toContain("marta olsen");
    for (const { strength } of neighbours) expect(strength > 0 && strength <= 1).toBe(true);
  }),
  memoryScene("M61", "a neighbour is never one of those asked about, nor outside the scopes, and there are at most as many as the limit", graph, async ({ memory }) => {
    const [first = "", second = "", third = ""] = await storeAll(memory, texts);
    await memory.store(toNew("A letter for Marta Olsen in Bergen.", { scope: { scope: "user", owner: "someone" } }));
    const find = async (ids: readonly string[], limit: number): Promise<readonly string[]> => (await ability(memory.neighbours, "neighbours")(ids, { scopes: [mine], limit })).map(({ episode }) => episode.id);
    expect(await find([first, second], 10)).toEqual([third]);
    expect(await find([first], 1)).toEqual([second]);
    expect(await find([first], 0)).toEqual([]);
    expect(await find(["never-stored"], 10)).toEqual([]);
  }),
  memoryScene("M62", "what was forgotten is nobody's neighbour", graph, async ({ memory }) => {
    const [first = "", second = "", third = ""] = await storeAll(memory, texts);
    await memory.forget([second]);
    const neighbours = await ability(memory.neighbours, "neighbours")([first, second], { scopes: [mine], limit: 10 });
    expect(neighbours.map(({ episode }) => episode.id)).toEqual([third]);
  }),
];
