import type { ExportedEpisode, Memory } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { MemoryPlace } from "./memory.ts";
import { ability, memoryScene, mine, recallTexts, storeAll, toNew } from "./memory-case.ts";

const get = { needs: "get" };
const portable = { needs: "portable" };

/** How memories are looked up one by one, and carried from one memory to another. */
export const memoryCarryingCases: readonly ContractCase<MemoryPlace>[] = [
  memoryScene("M50", "get gives what exists, each once, in the order asked for", get, async ({ memory }) => {
    const [first = "", second = "", third = ""] = await storeAll(memory, ["one", "two", "three"]);
    await memory.forget([second]);
    const found = await ability(memory.get, "get")([third, "never-stored", second, first, third]);
    expect(found.map(({ text }) => text)).toEqual(["three", "one"]);
    expect(found[1]).toEqual((await memory.list({ scopes: [mine], limit: 10 })).at(-1));
  }),
  memoryScene("M51", "what was exported is taken in whole by another memory, with what was learned", portable, async ({ memory }) => {
    const source = { sessionId: "cli:default", turnId: "t1", trusted: false };
    await memory.store(toNew("the ferry leaves at nine", { id: "ferry", speaker: "Bo", previous: "when does it leave?", source }));
    await memory.store(toNew("", { id: "bread", kind: "episode", text: "a young starter makes flat bread", intent: "bake rye bread", outcome: "flat" }));
    await memory.reinforce({ turnId: "t2", ids: ["bread"], reward: 1 });
    const exported = await exportAll(memory);
    const before = await memory.list({ scopes: [mine], limit: 10 });
    await memory.forget(["ferry", "bread"]);
    expect(await importAll(memory, JSON.parse(JSON.stringify(exported)))).toBe(2);
    expect(await memory.list({ scopes: [mine], limit: 10 })).toEqual(before);
    expect(await exportAll(memory)).toEqual(exported);
    expect(await recallTexts(memory, "when does it leave", { floor: 0 })).toContain("the ferry leaves at nine");
  }),
  memoryScene("M52", "everything is exported, of every scope, the oldest stored first", portable, async ({ memory }) => {
    const texts = Array.from({ length: 450 }, (_, index) => `note ${index}`);
    for (const [index, text] of texts.entries()) await memory.store(toNew(text, index % 2 === 0 ? {} : { scope: { scope: "user", owner: "someone" } }));
    expect((await exportAll(memory)).map(({ text }) => text)).toEqual(texts);
  }),
  memoryScene("M53", "what is known stays as it is when it is taken in again", portable, async ({ memory }) => {
    const [id = ""] = await storeAll(memory, ["the first version"]);
    const [exported] = await exportAll(memory);
    await memory.reinforce({ turnId: "t1", ids: [id], reward: 1 });
    const before = await memory.list({ scopes: [mine], limit: 10 });
    expect(await importAll(memory, exported === undefined ? [] : [exported, { ...exported, text: "another version" }])).toBe(0);
    expect(await memory.list({ scopes: [mine], limit: 10 })).toEqual(before);
  }),
  memoryScene("M54", "what does not have the form of an exported episode is refused with memory.failed", portable, async ({ memory }) => {
    await storeAll(memory, ["a good one"]);
    const [good] = await exportAll(memory);
    if (good === undefined) throw new Error("nothing was exported");
    const changes = [{ q: 2 }, { q: null }, { kind: "rumour" }, { scope: undefined }, { text: 7 }, { source: {} }, { id: undefined }, { uses: 1.5 }, { successes: -3 }, { failures: null }];
    for (const bad of [...changes.map((change) => ({ ...good, id: "bad", ...change })), null, 7]) {
      await expect(importAll(memory, JSON.parse(JSON.stringify([bad])))).rejects.toMatchObject({ code: "memory.failed" });
    }
    expect((await memory.stats()).episodes).toBe(1);
  }),
  memoryScene("M55", "the scopes in which something is kept are told, each once", portable, async ({ memory }) => {
    const other = { scope: "user", owner: "someone" } as const;
    for (const scope of [mine, other, mine]) await memory.store(toNew("a note", { scope }));
    const [gone = ""] = await storeAll(memory, ["forgotten"], { scope: { scope: "global", owner: "all" } });
    await memory.forget([gone]);
    const scopes = await ability(memory.scopes, "scopes")();
    expect(scopes.map(({ scope, owner }) => `${scope} ${owner}`).toSorted()).toEqual(["session cli:default", "user someone"]);
  }),
];

async function exportAll(memory: Memory): Promise<readonly ExportedEpisode[]> {
  const all: ExportedEpisode[] = [];
  for await (const episode of ability(memory.export, "export")()) all.push(episode);
  return all;
}

function importAll(memory: Memory, episodes: Iterable<ExportedEpisode>): Promise<number> {
  return ability(memory.import, "import")(episodes);
}
