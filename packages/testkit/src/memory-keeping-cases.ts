import { isOmniError } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { MemoryPlace } from "./memory.ts";
import { firstTime, listTexts, memoryCase, mine, recallTexts, storeAll, toNew } from "./memory-case.ts";

/** How a memory keeps, lists, forgets and survives. */
export const memoryKeepingCases: readonly ContractCase<MemoryPlace>[] = [
  memoryCase("M1", "what was stored is listed with all that was given and nothing learned yet", async (memory) => {
    const source = { sessionId: "cli:default", turnId: "t1", trusted: false };
    const id = await memory.store(toNew("The shed key hangs behind the clock.", { speaker: "Ada", source }));
    const [episode] = await memory.list({ scopes: [mine], limit: 10 });
    expect(episode).toMatchObject({ id, kind: "passage", text: "The shed key hangs behind the clock.", speaker: "Ada", at: firstTime, source, scope: mine });
    expect(episode).toMatchObject({ q: 0.5, uses: 0, successes: 0, failures: 0 });
  }),
  memoryCase("M2", "an episode's text says its intent, experience and outcome together", async (memory) => {
    const parts = { intent: "bake rye bread", experience: "the starter was too young", outcome: "a flat loaf" };
    const { text: _text, ...withoutText } = toNew("", { kind: "episode", ...parts });
    await memory.store(withoutText);
    const [episode] = await memory.list({ scopes: [mine], limit: 1 });
    expect(episode).toMatchObject(parts);
    for (const part of Object.values(parts)) expect(episode?.text).toContain(part);
  }),
  memoryCase("M3", "storing the same id again changes nothing and gives the same id", async (memory) => {
    expect(await memory.store(toNew("the first version", { id: "fixed" }))).toBe("fixed");
    expect(await memory.store(toNew("the second version", { id: "fixed" }))).toBe("fixed");
    expect(await listTexts(memory)).toEqual(["the first version"]);
  }),
  memoryCase("M4", "an id that is not given is made, a new one each time", async (memory) => {
    const ids = await storeAll(memory, ["same words", "same words", "same words"]);
    expect(new Set(ids).size).toBe(3);
    expect(ids.every((id) => id !== "")).toBe(true);
    expect(await listTexts(memory)).toHaveLength(3);
  }),
  memoryCase("M5", "list gives the newest first, page by page", async (memory) => {
    await storeAll(memory, ["one", "two", "three", "four", "five"]);
    const page = async (offset: number): Promise<readonly string[]> => (await memory.list({ scopes: [mine], limit: 2, offset })).map((episode) => episode.text);
    expect([await page(0), await page(2), await page(4), await page(6)]).toEqual([["five", "four"], ["three", "two"], ["one"], []]);
  }),
  memoryCase("M6", "stats counts what is kept in every scope", async (memory) => {
    await memory.store(toNew("mine"));
    const [id] = await storeAll(memory, ["yours"], { scope: { scope: "user", owner: "someone" } });
    expect((await memory.stats()).episodes).toBe(2);
    await memory.forget([id ?? ""]);
    expect((await memory.stats()).episodes).toBe(1);
  }),
  memoryCase("M7", "forget takes out what is named, and says how many existed", async (memory) => {
    const [first = "", second = ""] = await storeAll(memory, ["the red kite", "the blue kite", "the green kite"]);
    expect(await memory.forget([first, second, "never-stored"])).toBe(2);
    expect(await memory.forget([first])).toBe(0);
    expect(await listTexts(memory)).toEqual(["the green kite"]);
    expect(await recallTexts(memory, "kite")).toEqual(["the green kite"]);
  }),
  memoryCase("M8", "what was forgotten is not found again through what stood beside it", async (memory) => {
    const long = `the vault opens\nwith quetzal, ${"and with nothing else, ".repeat(17)}`.trim();
    const accented = `${"an ostrich ".padEnd(299, "walks on ")}e\u0301 and stops`;
    const ids = await storeAll(memory, ["the password is zanzibar", long, accented]);
    // As the runtime gives it: a line a text, its white space folded, and cut.
    const cut = long.slice(0, 300).replaceAll(/\s+/g, " ").trim();
    await memory.store(toNew("noted, thank you", { previous: "the password is zanzibar" }));
    await memory.store(toNew("until tomorrow", { previous: "good evening\nthe password is zanzibar", next: `${cut}\nsleep well` }));
    await memory.store(toNew("that is all", { previous: cut }));
    // Between a letter and its accent too.
    await memory.store(toNew("see you", { previous: accented.slice(0, 300) }));
    await memory.forget(ids);
    for (const query of ["zanzibar", "quetzal", "ostrich"]) expect(await recallTexts(memory, query, { floor: 0 })).toEqual([]);
  }),
  memoryCase("M9", "text without words is refused with memory.failed, and nothing is kept", async (memory) => {
    for (const text of ["", "  \n\t"]) await expect(memory.store(toNew(text))).rejects.toMatchObject({ code: "memory.failed" });
    expect((await memory.stats()).episodes).toBe(0);
  }),
  memoryCase("M10", "a text of two million characters is kept whole or refused with memory.failed", async (memory) => {
    const text = "lorem ipsum ".repeat(170_000).trim();
    const isRefused = await memory.store(toNew(text)).then(
      () => false,
      (error: unknown) => isOmniError(error) && error.code === "memory.failed",
    );
    const kept = await listTexts(memory);
    expect(kept.map((each) => each.length)).toEqual(isRefused ? [] : [text.length]);
    expect(kept.every((each) => each === text)).toBe(true);
  }),
  memoryCase("M11", "a time that is no number becomes one", async (memory) => {
    for (const at of [Number.NaN, Infinity, -Infinity]) await memory.store(toNew("timeless", { at }));
    const listed = await memory.list({ scopes: [mine], limit: 10 });
    expect(listed.map((episode) => Number.isFinite(episode.at))).toEqual([true, true, true]);
  }),
  memoryCase("M12", "what store resolved for is there when the place is opened again, also without a close", async (memory, reopen) => {
    const given = toNew("the ferry leaves at nine", { kind: "fact", speaker: "Bo", id: "kept" });
    await memory.store(given);
    const again = await reopen();
    expect((await again.list({ scopes: [mine], limit: 10 }))[0]).toMatchObject(given);
    expect(await recallTexts(again, "ferry")).toEqual(["the ferry leaves at nine"]);
  }),
  memoryCase("M13", "fifty stores at once are all kept", async (memory, reopen) => {
    const texts = Array.from({ length: 50 }, (_, index) => `note number ${index}`);
    await Promise.all(texts.map((text) => memory.store(toNew(text))));
    expect((await listTexts(await reopen())).toSorted()).toEqual(texts.toSorted());
  }),
  memoryCase("M14", "what was forgotten stays forgotten when the place is opened again", async (memory, reopen) => {
    const [id = ""] = await storeAll(memory, ["a passing thought"]);
    await memory.forget([id]);
    const again = await reopen();
    expect(await listTexts(again)).toEqual([]);
    expect(await recallTexts(again, "passing thought")).toEqual([]);
  }),
  memoryCase("M15", "close may be called again", async (memory) => {
    await memory.store(toNew("one last thing"));
    await memory.close();
    await memory.close();
  }),
];
