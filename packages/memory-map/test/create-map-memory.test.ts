import type { Memory, MemoryStanding, NewEpisode, RootedFiles } from "@omni/core";
import { OmniError } from "@omni/core";
import type { FakeHost } from "@omni/testkit/fakes";
import { createFakeHost, createMemoryFiles } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { createMapMemory, mapMemoryOptions } from "../src/index.ts";

const path = "/home/omni/state/memory-map.json";
const scope = { scope: "user", owner: "me" } as const;

const toNew = (text: string, parts: Partial<NewEpisode> = {}): NewEpisode => ({ kind: "fact", text, at: 1, source: { trusted: true }, scope, ...parts });
const open = (host: FakeHost): Memory => createMapMemory(mapMemoryOptions.parse({}), host);
const fileOf = (host: FakeHost): string => new TextDecoder().decode(host.files.entries.get(path));

/** A host whose writes wait for `release`, or fail while `isFull`. */
function createSlowHost(): { readonly host: FakeHost; readonly writes: string[]; readonly release: () => void; isFull: boolean } {
  const files = createMemoryFiles();
  const waiting: (() => void)[] = [];
  const slow = { writes: [] as string[], isFull: false, release: () => waiting.splice(0).forEach((resolve) => resolve()) };
  const within = (root: string): RootedFiles => {
    const rooted = files.within(root);
    const write: RootedFiles["write"] = async (name, content) => {
      if (slow.isFull) throw new OmniError("files.full", "The disk is full.");
      slow.writes.push(String(content));
      await new Promise<void>((resolve) => waiting.push(resolve));
      await rooted.write(name, content);
    };
    return { ...rooted, write };
  };
  return Object.assign(slow, { host: createFakeHost({ files: { ...files, within } }) });
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the map memory", () => {
  it("takes a time that has no date for now, and refuses one that is taken in", async () => {
    const memory = open(createFakeHost());
    await memory.store(toNew("timeless", { at: 1e18, id: "t" }));
    const [stored] = await memory.list({ scopes: [scope], limit: 1 });
    expect(Math.abs(stored?.at ?? Infinity)).toBeLessThan(8.64e15);
    for (const change of [{ at: 1e18 }, { createdAt: -1e18 }, { lastUsedAt: 1e18 }]) await expect(memory.import?.(stored === undefined ? [] : [{ ...stored, id: "bad", ...change }])).rejects.toMatchObject({ code: "memory.failed" });
    expect((await memory.stats()).episodes).toBe(1);
  });

  it("makes no file until something is stored", async () => {
    const host = createFakeHost();
    const memory = open(host);
    await memory.recall("anything", { scopes: [scope], limit: 5 });
    await memory.list({ scopes: [scope], limit: 5 });
    await memory.reinforce({ turnId: "t1", ids: ["unknown"], reward: 1 });
    await memory.forget(["unknown"]);
    await memory.stats();
    await memory.close();
    expect([...host.files.entries.keys()]).toEqual([]);
  });

  it("writes once for all that comes while a write is in flight", async () => {
    const { host, writes, release } = createSlowHost();
    const memory = open(host);
    const first = memory.store(toNew("number 0"));
    await settle();
    const others = Promise.all(Array.from({ length: 20 }, (_, index) => memory.store(toNew(`number ${index + 1}`))));
    await settle();
    expect(writes).toHaveLength(1);
    release();
    await first;
    await settle();
    release();
    await others;
    expect(writes).toHaveLength(2);
    expect(fileOf(host)).toContain("number 20");
  });

  it("resolves a store only after its own data is written", async () => {
    const { host, release } = createSlowHost();
    const memory = open(host);
    const done: string[] = [];
    void memory.store(toNew("first")).then(() => done.push("first"));
    await settle();
    void memory.store(toNew("second")).then(() => done.push("second"));
    await settle();
    release();
    await settle();
    expect(done).toEqual(["first"]);
    release();
    await settle();
    expect(done).toEqual(["first", "second"]);
  });

  it("makes up for a write that failed when the same id is stored again", async () => {
    const slow = createSlowHost();
    const memory = open(slow.host);
    slow.isFull = true;
    await expect(memory.store(toNew("kept after all", { id: "one" }))).rejects.toMatchObject({ code: "files.full" });
    slow.isFull = false;
    const again = memory.store(toNew("kept after all", { id: "one" }));
    await settle();
    slow.release();
    await again;
    expect(fileOf(slow.host)).toContain("kept after all");
  });

  it.each([
    ["cut short", '{"version":1,"episodes":[{"id":"a"'],
    ["empty", ""],
    ["of a later version", '{"version":2,"episodes":[],"turns":[]}'],
    ["not an object", "null"],
    ["with an episode that is none", '{"version":1,"episodes":[{"id":"a","text":"b"}],"turns":[]}'],
  ])("refuses a file that is %s, names it and leaves it as it is", async (_, content) => {
    const host = createFakeHost({ files: createMemoryFiles({ [path]: content }) });
    const memory = open(host);
    const refusal = { code: "memory.failed", message: expect.stringMatching(/memory-map\.json .*mend it, or move it away/) };
    await expect(memory.store(toNew("new"))).rejects.toMatchObject(refusal);
    await expect(memory.recall("new", { scopes: [scope], limit: 1 })).rejects.toMatchObject(refusal);
    await memory.close();
    expect(fileOf(host)).toBe(content);
  });

  it("goes on once a damaged file is moved away, without being opened again", async () => {
    const host = createFakeHost({ files: createMemoryFiles({ [path]: "{" }) });
    const memory = open(host);
    await expect(memory.stats()).rejects.toMatchObject({ code: "memory.failed" });
    host.files.entries.delete(path);
    await memory.store(toNew("a fresh start"));
    expect(await memory.stats()).toEqual({ episodes: 1, embedder: null });
  });

  it("leaves no trace of what was forgotten in the file", async () => {
    const host = createFakeHost();
    const memory = open(host);
    const id = await memory.store(toNew("the password is zanzibar", { source: { turnId: "turn-with-secret", trusted: true } }));
    await memory.store(toNew("noted", { previous: "the password is zanzibar", next: "good" }));
    await memory.forget([id]);
    expect(fileOf(host)).not.toMatch(/zanzibar|turn-with-secret/);
    expect(fileOf(host)).toContain("good");
  });

  it("takes a neighbour for a trace also where it is cut or says more", async () => {
    const host = createFakeHost();
    const memory = open(host);
    const id = await memory.store(toNew("the password is zanzibar, keep it"));
    await memory.store(toNew("noted", { previous: "the password is zanzibar", next: "she said: the password is zanzibar, keep it. Then she left." }));
    await memory.forget([id]);
    expect(fileOf(host)).not.toContain("zanzibar");
  });

  it("takes out of what stands beside another the lines that repeat it, cut and folded as they may be, and leaves the rest", async () => {
    const host = createFakeHost();
    const memory = open(host);
    const long = `My Password\nis  zanzibar. ${"And so on, at length. ".repeat(18)}`;
    const ids = [await memory.store(toNew(long)), await memory.store(toNew("ok"))];
    const cut = long.slice(0, 300).replaceAll(/\s+/g, " ").trim();
    await memory.store(toNew("noted", { previous: `good morning\n${cut}`, next: `${cut}\nis this ok with you?` }));
    await memory.store(toNew("noted again", { previous: `she said: my password\nis ZANZIBAR. ${"And so on, at length. ".repeat(18)}Bye`, next: "ok" }));
    await memory.forget(ids);
    expect(fileOf(host)).not.toMatch(/zanzibar/i);
    const { episodes } = JSON.parse(fileOf(host)) as { episodes: readonly NewEpisode[] };
    expect(episodes.map(({ previous, next }) => [previous, next])).toEqual([["good morning", "is this ok with you?"], [undefined, undefined]]);
  });

  it("lists of a standing what was taken in with it, and as kept what has none", async () => {
    const memory = open(createFakeHost());
    await memory.store(toNew("one", { id: "one" }));
    const [stored] = await memory.list({ scopes: [scope], limit: 1 });
    if (stored === undefined) throw new Error("nothing was listed");
    await memory.import?.([{ ...stored, id: "two", standing: "promoted" }, { ...stored, id: "three", standing: "promoted" }]);
    const idsOf = async (standing: MemoryStanding, limit: number): Promise<readonly string[]> => (await memory.list({ scopes: [scope], limit, standing })).map(({ id }) => id);
    expect([await idsOf("kept", 5), await idsOf("promoted", 5), await idsOf("promoted", 1), await idsOf("retired", 5)]).toEqual([["one"], ["three", "two"], ["three"], []]);
  });

  it("gives of equal texts of one time the last stored first", async () => {
    const memory = open(createFakeHost());
    const ids = [await memory.store(toNew("same")), await memory.store(toNew("same")), await memory.store(toNew("same"))];
    const recalled = await memory.recall("same", { scopes: [scope], limit: 5 });
    const listed = await memory.list({ scopes: [scope], limit: 5 });
    expect([recalled.map(({ episode }) => episode.id), listed.map((episode) => episode.id)]).toEqual([ids.toReversed(), ids.toReversed()]);
  });

  it("refuses a file that is not UTF-8", async () => {
    const host = createFakeHost();
    const memory = open(host);
    await memory.store(toNew("caf\u00e9"));
    host.files.entries.set(path, Uint8Array.from(fileOf(host), (character) => character.charCodeAt(0)));
    await expect(open(host).stats()).rejects.toMatchObject({ code: "memory.failed" });
  });

  it("remembers the newest ten thousand turns as counted", async () => {
    const host = createFakeHost();
    const turns = Array.from({ length: 10_000 }, (_, index) => `t${index}`);
    const memory = open(host);
    const id = await memory.store(toNew("a fact"));
    const { episodes } = JSON.parse(fileOf(host)) as { episodes: unknown };
    await memory.close();
    host.files.entries.set(path, new TextEncoder().encode(JSON.stringify({ version: 1, episodes, turns })));
    const again = open(host);
    await again.reinforce({ turnId: "new", ids: [id], reward: 1 });
    const kept = (JSON.parse(fileOf(host)) as { turns: readonly string[] }).turns;
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([10_000, "t1", "new"]);
  });

  it("refuses a reward that is none, and work after it was closed", async () => {
    const memory = open(createFakeHost());
    for (const reward of [Number.NaN, -0.1, 1.1]) await expect(memory.reinforce({ turnId: "t", ids: [], reward })).rejects.toMatchObject({ code: "memory.failed" });
    await memory.close();
    await expect(memory.store(toNew("too late"))).rejects.toMatchObject({ code: "memory.failed" });
    await expect(memory.recall("late", { scopes: [scope], limit: 1 })).rejects.toMatchObject({ code: "memory.failed" });
  });

  it("refuses an episode of more than a million characters and says what to do", async () => {
    const memory = open(createFakeHost());
    await expect(memory.store(toNew("a ".repeat(500_001)))).rejects.toMatchObject({ code: "memory.failed", message: expect.stringContaining("in parts") });
    await memory.store(toNew("a ".repeat(500_000)));
  });

  it("keeps a fact's score apart from its utility", async () => {
    const memory = open(createFakeHost());
    const id = await memory.store(toNew("red kite"));
    const [before] = await memory.recall("red kite", { scopes: [scope], limit: 1 });
    await memory.reinforce({ turnId: "t", ids: [id], reward: 0 });
    const [after] = await memory.recall("red kite", { scopes: [scope], limit: 1 });
    expect(after?.score).toBe(before?.score);
    expect(after?.episode.q).toBeCloseTo(0.4);
  });
});
