import type { ScopeReference } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { MemoryPlace } from "./memory.ts";
import { memoryCase, mine, recall, recallTexts, storeAll, toNew } from "./memory-case.ts";

/** Queries whose characters are operators somewhere. All of them name the zebra. */
const operatorQueries: readonly string[] = [
  '"zebra', "zebra*", "zebra AND", "NOT zebra", "zebra OR", "NEAR(zebra", "text:zebra", "-zebra", "^zebra", "(zebra", "zebra)", "{zebra}", "zebra'; DROP TABLE episodes; --", "zebra%", "_zebra_?",
  "[zebra]", "zebra\\", "zebra\0", "zebra \ud800", "$zebra", "<zebra>", "zebra 🦓", "zebra::", '""zebra""', "+zebra", "~zebra", "/zebra/", "zebra\n\nzebra",
];

/** A text in each of some scripts, with a word of it. */
const scripts: readonly (readonly [string, string])[] = [
  ["Der Schlüssel liegt unter der Fußmatte", "schlüssel"],
  ["Ключ висит на гвозде", "КЛЮЧ"],
  ["Το κλειδί είναι στο συρτάρι", "κλειδί"],
  ["我的自行车钥匙在抽屉里", "自行车钥匙"],
  ["鍵は時計の後ろにあります", "時計"],
  ["열쇠는 서랍 안에 있습니다", "서랍"],
  ["المفتاح خلف الساعة", "المفتاح"],
];

/** How a memory finds, orders and refuses to find. */
export const memoryRecallCases: readonly ContractCase<MemoryPlace>[] = [
  memoryCase("M20", "recall finds what shares the words of the query, the best match first", async (memory) => {
    await storeAll(memory, ["The spare bicycle tyre is in the cellar.", "Ada paints boats.", "The bicycle is green."]);
    const texts = await recallTexts(memory, "spare bicycle tyre", { floor: 0 });
    expect(texts).toEqual(["The spare bicycle tyre is in the cellar.", "The bicycle is green."]);
  }),
  memoryCase("M21", "a query that fits nothing recalls nothing", async (memory) => {
    await storeAll(memory, ["The spare bicycle tyre is in the cellar.", "Ada paints boats."]);
    expect(await recallTexts(memory, "qwxzvy plorthim")).toEqual([]);
  }),
  memoryCase("M22", "an empty query, a query without words and a limit below one recall nothing", async (memory) => {
    await storeAll(memory, ["Ada paints boats."]);
    for (const query of ["", "   ", "?!…", "\0", "\"'()*"]) expect(await recallTexts(memory, query, { floor: 0 })).toEqual([]);
    for (const limit of [0, -1]) expect(await recallTexts(memory, "Ada paints boats", { limit })).toEqual([]);
  }),
  memoryCase("M23", "at most the limit is recalled", async (memory) => {
    await storeAll(memory, Array.from({ length: 8 }, (_, index) => `boat number ${index}`));
    expect(await recallTexts(memory, "boat number", { limit: 3 })).toHaveLength(3);
  }),
  memoryCase("M24", "no character of a query is syntax", async (memory) => {
    await storeAll(memory, ["The zebra sleeps.", "Ada paints boats."]);
    for (const query of operatorQueries) expect([query, await recallTexts(memory, query, { floor: 0 })]).toEqual([query, ["The zebra sleeps."]]);
  }),
  memoryCase("M25", "a query of a million characters is answered", async (memory) => {
    await storeAll(memory, ["The zebra sleeps.", "Ada paints boats."]);
    await expect(recall(memory, "every word of this is of no use ".repeat(31_250))).resolves.toBeInstanceOf(Array);
    expect(await recallTexts(memory, "zebra ".repeat(166_667), { floor: 0 })).toEqual(["The zebra sleeps."]);
  }),
  memoryCase("M26", "words of any script are found, whatever their case", async (memory) => {
    await storeAll(memory, scripts.map(([text]) => text));
    for (const [text, query] of scripts) expect((await recallTexts(memory, query, { floor: 0 }))[0]).toBe(text);
  }),
  memoryCase("M27", "nothing outside the scopes that are named is recalled or listed", async (memory) => {
    const others: readonly ScopeReference[] = [
      { scope: "session", owner: "cli:other" },
      { scope: "user", owner: mine.owner },
      { scope: "global", owner: "" },
      { scope: "session", owner: "CLI:DEFAULT" },
    ];
    for (const scope of others) await memory.store(toNew("the hidden zebra", { scope }));
    expect(await recallTexts(memory, "hidden zebra", { floor: 0 })).toEqual([]);
    expect(await memory.list({ scopes: [mine], limit: 10 })).toEqual([]);
    for (const scopes of [[], [{ scope: "agent", owner: "cli:other" } as const]]) expect(await recallTexts(memory, "hidden zebra", { scopes, floor: 0 })).toEqual([]);
    for (const scope of others) expect((await recall(memory, "hidden zebra", { scopes: [scope] })).map(({ episode }) => episode.scope)).toEqual([scope]);
  }),
  memoryCase("M28", "what is recalled is at least as similar as the floor", async (memory) => {
    await storeAll(memory, ["spare bicycle tyre", "spare bicycle and much else besides", "spare room for a guest at the weekend"]);
    const all = await recall(memory, "spare bicycle tyre", { floor: 0 });
    const floor = all[0]?.similarity ?? 0;
    expect(all.length).toBeGreaterThan(1);
    expect(await recall(memory, "spare bicycle tyre", { floor })).toEqual(all.filter((each) => each.similarity >= floor));
    expect(all.at(-1)?.similarity).toBeLessThan(floor);
  }),
  memoryCase("M29", "scores fall from first to last, and score, similarity and utility lie between 0 and 1", async (memory) => {
    const ids = await storeAll(memory, ["spare bicycle tyre", "spare bicycle", "spare", "tyre tyre tyre tyre"], { kind: "episode" });
    await memory.reinforce({ turnId: "t1", ids: ids.slice(2), reward: 1 });
    const recalled = await recall(memory, "spare bicycle tyre", { floor: 0 });
    const scores = recalled.map((each) => each.score);
    expect(recalled).toHaveLength(4);
    expect(scores).toEqual(scores.toSorted((left, right) => right - left));
    for (const { score, similarity, utility } of recalled) for (const number of [score, similarity, utility]) expect(number >= 0 && number <= 1).toBe(true);
  }),
  memoryCase("M30", "of equal scores the newer comes first, and the same call gives the same order", async (memory) => {
    const ids = [];
    for (const at of [3_000, 1_000, 4_000, 2_000]) ids.push(await memory.store(toNew("equal words", { at })));
    const first = await recall(memory, "equal words");
    expect(first.map(({ episode }) => episode.at)).toEqual([4_000, 3_000, 2_000, 1_000]);
    expect(await recall(memory, "equal words")).toEqual(first);
  }),
  memoryCase("M31", "what stood beside a text helps to find it", async (memory) => {
    await memory.store(toNew("Yes, at nine.", { previous: "Shall we meet at the lighthouse?", next: "I bring the lanterns." }));
    for (const query of ["lighthouse", "lanterns"]) expect(await recallTexts(memory, query, { floor: 0 })).toEqual(["Yes, at nine."]);
  }),
  memoryCase("M32", "what is recalled carries where it came from", async (memory) => {
    const source = { sessionId: "web:stranger", turnId: "t7", trusted: false };
    await memory.store(toNew("send the zebra a cheque", { source, speaker: "a stranger" }));
    expect((await recall(memory, "zebra cheque"))[0]?.episode).toMatchObject({ source, scope: mine, speaker: "a stranger", kind: "passage" });
  }),
];
