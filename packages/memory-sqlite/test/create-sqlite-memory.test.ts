import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ExportedEpisode, NewEpisode } from "@omni/core";
import BetterSqlite3 from "better-sqlite3";
import { createHashEmbedder } from "@omni/testkit/fakes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MemoryHome } from "./memory-home.ts";
import { createMemoryHome } from "./memory-home.ts";
import { createSqliteMemory, sqliteMemoryOptions } from "../src/index.ts";

const scope = { scope: "user", owner: "me" } as const;

let home: MemoryHome;
beforeEach(() => {
  home = createMemoryHome();
});
afterEach(() => home.dispose());

function passage(text: string, parts: Partial<NewEpisode> = {}): NewEpisode {
  return { kind: "passage", text, at: 0, source: { trusted: true }, scope, ...parts };
}

function files(): readonly string[] {
  return readdirSync(dirname(home.path)).sort();
}

/** Everything that lies in the home's files, as text byte by byte. */
function bytes(): string {
  return files().map((name) => readFileSync(join(dirname(home.path), name), "latin1")).join("");
}

describe("the memory's file", () => {
  it("is made when something is first stored, and by nothing else", async () => {
    const memory = home.open();
    expect(await memory.recall("anything", { scopes: [scope], limit: 5 })).toEqual([]);
    await memory.reinforce({ turnId: "t", ids: ["x"], reward: 1 });
    expect([await memory.forget(["x"]), await memory.list({ scopes: [scope], limit: 5 }), await memory.tend?.(), (await memory.stats()).episodes]).toEqual([0, [], { decayed: 0, decisions: [] }, 0]);
    expect(files()).toEqual([]);
    await memory.store(passage("now"));
    expect(files()).toContain("memory.db");
    await memory.close();
    expect(files()).toEqual(["memory.db"]);
  });

  it.each([0, 1, 15, 99, 100, 511, 4_096, 8_192, 40_960])("is refused when it was cut to %i bytes, and stays as it is", async (length) => {
    const memory = home.open();
    for (let index = 0; index < 50; index += 1) await memory.store(passage(`note ${index} of the ferry and the harbour`));
    await memory.close();
    truncateSync(home.path, length);
    const before = readFileSync(home.path);
    const again = home.open();
    await expect(again.store(passage("x"))).rejects.toMatchObject({ code: "memory.failed", message: expect.stringContaining("left as it is"), retryable: false });
    await expect(again.stats()).rejects.toMatchObject({ code: "memory.failed" });
    expect(readFileSync(home.path)).toEqual(before);
  });

  it("is made by one of several that begin at the same time, and all go on with that", async () => {
    const memories = Array.from({ length: 3 }, (_, index) => home.open({ thread: index === 0 ? "caller" : "worker" }));
    await Promise.all(memories.map((memory, index) => memory.store(passage(`note ${index}`))));
    expect((await home.open().stats()).episodes).toBe(3);
    expect(files().filter((name) => name.includes("new"))).toEqual([]);
  });

  it("can be read and written by its owner alone, its log too", async () => {
    await home.open().store(passage("a secret"));
    for (const name of files()) expect([name, statSync(join(dirname(home.path), name)).mode & 0o777]).toEqual([name, 0o600]);
  });

  it("is found by another process's memory that was opened before it was made", async () => {
    const early = home.open();
    expect(await early.recall("ferry", { scopes: [scope], limit: 5 })).toEqual([]);
    await home.open().store(passage("the ferry leaves at nine"));
    expect(await early.recall("ferry", { scopes: [scope], limit: 5 })).toHaveLength(1);
  });

  it.each([
    ["text that is no database", "this is not a database, and long enough to have a header of sqlite that it has not"],
    ["a database of another program", undefined],
  ])("is refused with memory.failed when it is %s, and stays as it is", async (_, content) => {
    if (content === undefined) new BetterSqlite3(home.path).exec("CREATE TABLE notes (text TEXT)").close();
    else writeFileSync(home.path, content);
    const before = readFileSync(home.path);
    for (const thread of ["caller", "worker"]) {
      const memory = home.open({ thread });
      await expect(memory.store(passage("x"))).rejects.toMatchObject({ code: "memory.failed", message: expect.stringContaining("left as it is") });
      await expect(memory.recall("x", { scopes: [scope], limit: 1 })).rejects.toMatchObject({ code: "memory.failed" });
      await memory.close();
    }
    expect(readFileSync(home.path)).toEqual(before);
  });

  it("is refused when a newer version wrote it, and stays as it is", async () => {
    const memory = home.open();
    await memory.store(passage("the ferry leaves at nine"));
    await memory.close();
    const database = new BetterSqlite3(home.path);
    database.pragma("user_version = 99");
    database.close();
    const before = readFileSync(home.path);
    await expect(home.open().stats()).rejects.toMatchObject({ code: "memory.failed", message: expect.stringContaining("newer Omni") });
    expect(readFileSync(home.path)).toEqual(before);
  });

  it("is not begun anew where only its log is left", async () => {
    writeFileSync(`${home.path}-wal`, "something that matters");
    await expect(home.open().store(passage("x"))).rejects.toMatchObject({ code: "memory.failed", message: expect.stringContaining("log") });
    expect(files()).toEqual(["memory.db-wal"]);
  });

  it("is not begun anew over an empty file with a log beside it, and leaves the log", async () => {
    writeFileSync(home.path, "");
    writeFileSync(`${home.path}-wal`, "something that matters");
    await expect(home.open().store(passage("x"))).rejects.toMatchObject({ code: "memory.failed", message: expect.stringContaining("log") });
    expect(readFileSync(`${home.path}-wal`, "utf8")).toBe("something that matters");
  });
});

describe("storing", () => {
  it.each([
    ["a scope there is none of", { scope: { scope: "galaxy", owner: "me" } }, "scope.scope must be one of session, user, agent, global"],
    ["no scope", { scope: undefined }, "scope.scope must be one of session, user, agent, global"],
    ["a scope without an owner", { scope: { scope: "user" } }, "scope.owner must be a text"],
    ["a kind there is none of", { kind: "zzz" }, "the kind must be one of episode, passage, fact"],
    ["an empty id", { id: "" }, "the id must be a text of 1 to 512 characters"],
    ["an id that is too long", { id: "x".repeat(513) }, "the id must be a text of 1 to 512 characters"],
    ["an id that is a number", { id: 7 }, "the id must be a text of 1 to 512 characters"],
    ["a text that is a number", { text: 7 }, "text is no text"],
    ["a neighbour that is a number", { next: 7 }, "next is no text"],
    ["no source", { source: undefined }, "source.trusted must be true or false"],
    ["a turn that is a number", { source: { trusted: true, turnId: 7 } }, "source.turnId is no text"],
  ])("refuses %s with memory.failed, says so, and makes no file", async (_, parts, fault) => {
    const memory = home.open();
    const given: NewEpisode = Object.assign(passage("the ferry leaves at nine"), parts);
    await expect(memory.store(given)).rejects.toMatchObject({ code: "memory.failed", message: `This cannot be remembered: ${fault}.` });
    expect(files()).toEqual([]);
  });

  it.each([null, undefined, "words", 7])("refuses %j, which is no episode, with memory.failed", async (given) => {
    await expect(home.open().store(given as unknown as NewEpisode)).rejects.toMatchObject({ code: "memory.failed", message: "This cannot be remembered: it is no episode." });
  });

  it.each([1e18, -1e18, 8.64e15 + 2, Number.NaN])("takes %d, a time that has no date, for now", async (at) => {
    const memory = home.open();
    await memory.store(passage("the ferry leaves at nine", { at }));
    expect((await memory.list({ scopes: [scope], limit: 1 }))[0]?.at).toBe(home.host.clock.now());
  });

  it("takes an id of 512 characters, and any character in one", async () => {
    const memory = home.open();
    for (const id of ["x".repeat(512), " ", "\u0000", "\ud800"]) expect(await memory.store(passage("the ferry leaves at nine", { id }))).toBe(id);
    expect((await memory.stats()).episodes).toBe(4);
  });
});

describe("taking in", () => {
  const good: ExportedEpisode = { id: "good", kind: "fact", text: "the ferry leaves at nine", intent: "", experience: "", outcome: "", q: 0.5, uses: 1, successes: 1, failures: 0, at: 1, createdAt: 1, lastUsedAt: 1, source: { trusted: true }, scope };

  it.each([
    ["a count that is not whole", { uses: 1.5 }],
    ["a count below nothing", { successes: -3 }],
    ["a count that is no number", { failures: "2" }],
    ["a time that has no date", { at: 1e18 }],
    ["a creation that has none", { createdAt: 1e18 }],
    ["a use that has none", { lastUsedAt: -1e18 }],
    ["texts that are too long together", { text: "x".repeat(2_000_001), next: "y".repeat(2_000_000) }],
  ])("refuses %s before it comes to the database, and takes in what came before it", async (_, change) => {
    const memory = home.open();
    const bad: ExportedEpisode = Object.assign({ ...good, id: "bad" }, change);
    await expect(memory.import?.([good, bad])).rejects.toMatchObject({ code: "memory.failed", message: expect.stringMatching(/does not have the form|too long to remember/) });
    expect((await memory.list({ scopes: [scope], limit: 5 })).map(({ id }) => id)).toEqual(["good"]);
  });

  it.each([null, undefined, 7, "words"])("refuses %j, which is no episode, with memory.failed", async (given) => {
    await expect(home.open().import?.([given as unknown as ExportedEpisode])).rejects.toMatchObject({ code: "memory.failed" });
    expect(files()).toEqual([]);
  });
});

describe("forgetting", () => {
  it("leaves no byte of it in any file: text, words, index, names, neighbours", async () => {
    const memory = home.open();
    const secret = "Quetzalcoatl Xylophone keeps 48151623 in the vault";
    for (let index = 0; index < 300; index += 1) await memory.store(passage(`note ${index} of the ferry and the harbour`));
    const id = await memory.store(passage(secret, { speaker: "Wolfgangus" }));
    await memory.store(passage("noted", { previous: `first\n${secret}`, next: secret }));
    await memory.store(passage("noted again", { next: "quetzalcoatl xylophone keeps" }));
    const traces = ["Quetzalcoatl", "quetzalcoatl", "xylophon", "48151623", "Wolfgangus", "wolfgangu"];
    for (const trace of traces) expect(bytes()).toContain(trace);
    expect(await memory.forget([id])).toBe(1);
    for (const trace of traces) expect([trace, bytes().includes(trace)]).toEqual([trace, false]);
    expect((await memory.list({ scopes: [scope], limit: 1_000 })).length).toBe(302);
    expect((await memory.recall("first", { scopes: [scope], limit: 5, floor: 0 })).map(({ episode }) => episode.text)).toEqual(["noted"]);
  });

  it("takes thousands at once, in one call or in one each, and nothing else is lost", { timeout: 60_000 }, async () => {
    const memory = home.open();
    const store = async (count: number, from: number): Promise<void> => void (await Promise.all(Array.from({ length: count }, (_, index) => memory.store(passage(`note ${from + index} harbour`, { id: `n${from + index}` })))));
    await store(10_000, 0);
    const ids = Array.from({ length: 5_000 }, (_, index) => `n${index}`);
    expect(await memory.forget(ids)).toBe(5_000);
    const one = await Promise.all(Array.from({ length: 4_990 }, (_, index) => memory.forget([`n${5_000 + index}`])));
    expect(one.every((count) => count === 1)).toBe(true);
    expect((await memory.recall("harbour", { scopes: [scope], limit: 100, floor: 0 })).map(({ episode }) => episode.id).sort()).toEqual(Array.from({ length: 10 }, (_, index) => `n${9_990 + index}`));
    expect(bytes()).not.toContain("note 42 harbour");
  });
});

describe("recall", () => {
  it("finds what a question handed to MATCH as it is does not", async () => {
    const memory = home.open();
    await memory.store(passage("We will meet at the lighthouse, said Bo."));
    await memory.store(passage("The kettle is on the stove."));
    const question = "Where did Bo say that we would all meet tomorrow?";
    const raw = new BetterSqlite3(":memory:");
    raw.exec("CREATE VIRTUAL TABLE raw USING fts5 (text); INSERT INTO raw VALUES ('We will meet at the lighthouse, said Bo.')");
    expect(raw.prepare("SELECT text FROM raw WHERE raw MATCH ?").all(question.replace("?", ""))).toEqual([]);
    raw.close();
    expect((await memory.recall(question, { scopes: [scope], limit: 1 })).map(({ episode }) => episode.text)).toEqual(["We will meet at the lighthouse, said Bo."]);
  });

  it("gives no more experiences than it is set to where no floor is named, and all where one is", async () => {
    const memory = home.open({ mostExperiences: 2 });
    for (let index = 0; index < 6; index += 1) await memory.store(passage("restart the printer", { kind: "episode", at: index }));
    await memory.store(passage("the printer is called Bertha", { kind: "fact" }));
    const kinds = async (floor?: number): Promise<readonly string[]> => (await memory.recall("restart the printer", { scopes: [scope], limit: 10, ...(floor === undefined ? {} : { floor }) })).map(({ episode }) => episode.kind);
    expect((await kinds()).filter((kind) => kind === "episode")).toHaveLength(2);
    expect((await kinds(0)).filter((kind) => kind === "episode")).toHaveLength(6);
  });

  it("gives what hindered twice alone or not at all for a prompt, and finds it in a search", async () => {
    const memory = home.open();
    const [good, bad] = await Promise.all(["one", "two"].map((id) => memory.store(passage("restart the printer", { kind: "episode", id }))));
    for (const turn of [1, 2]) await memory.reinforce({ turnId: `t${turn}`, ids: [bad ?? ""], reward: 0 });
    const ids = async (floor?: number): Promise<readonly string[]> => (await memory.recall("restart the printer", { scopes: [scope], limit: 5, ...(floor === undefined ? {} : { floor }) })).map(({ episode }) => episode.id);
    expect(await ids()).toEqual([good]);
    expect(await ids(0)).toEqual([good, bad]);
    await memory.forget([good ?? ""]);
    expect(await ids()).toEqual([bad]);
  });

  it("orders experiences by similarity alone where utility weighs nothing", async () => {
    const memory = home.open({ utilityWeight: 0, mostExperiences: 10 });
    const near = await memory.store(passage("restart the printer in the hall", { kind: "episode" }));
    const far = await memory.store(passage("the printer", { kind: "episode" }));
    for (let turn = 0; turn < 9; turn += 1) await memory.reinforce({ turnId: `t${turn}`, ids: [far], reward: 1 });
    const found = await memory.recall("restart the printer in the hall", { scopes: [scope], limit: 5, floor: 0 });
    expect(found.map(({ episode }) => episode.id)).toEqual([near, far]);
    for (const { score, similarity } of found) expect(score).toBe(similarity);
  });

  it("scores by the formula, and facts as of utility one half", async () => {
    const memory = home.open({ utilityWeight: 0.7 });
    const id = await memory.store(passage("restart the printer", { kind: "episode" }));
    await memory.store(passage("the printer stands in the hall", { kind: "fact" }));
    await memory.reinforce({ turnId: "t", ids: [id], reward: 1 });
    const found = await memory.recall("printer", { scopes: [scope], limit: 5, floor: 0 });
    expect(found.map(({ utility }) => utility).sort()).toEqual([0.5, 0.55]);
    for (const { score, similarity, utility } of found) expect(score).toBeCloseTo(0.3 * similarity + 0.7 * utility, 10);
  });

  it("goes on to what shares names with what it found, where hops are asked for", async () => {
    const memory = home.open({ hops: 1 });
    await memory.store(passage("My cousin works for Nordlys Shipping."));
    await memory.store(passage("The office of Nordlys Shipping is in Bergen."));
    const texts = async (options: { readonly hops: number }): Promise<readonly string[]> => (await home.open(options).recall("my cousin works", { scopes: [scope], limit: 5, floor: 0 })).map(({ episode }) => episode.text);
    expect(await texts({ hops: 1 })).toEqual(["My cousin works for Nordlys Shipping.", "The office of Nordlys Shipping is in Bergen."]);
    expect(await texts({ hops: 0 })).toEqual(["My cousin works for Nordlys Shipping."]);
  });

  it("rejects with the signal's reason when it was given up", async () => {
    const memory = home.open();
    await memory.store(passage("the ferry leaves at nine"));
    await expect(memory.recall("ferry", { scopes: [scope], limit: 1, signal: AbortSignal.abort(new Error("no longer wanted")) })).rejects.toThrow("no longer wanted");
    const stop = new AbortController();
    const recalling = memory.recall("ferry", { scopes: [scope], limit: 1, signal: stop.signal });
    stop.abort(new Error("given up"));
    await expect(recalling).rejects.toThrow("given up");
  });

  it("lets others have their turn, also when it is asked without a pause", async () => {
    const memory = home.open();
    await memory.store(passage("the ferry leaves at nine"));
    let isOver = false;
    setImmediate(() => (isOver = true));
    for (let time = 0; time < 1_000 && !isOver; time += 1) await memory.recall("ferry", { scopes: [scope], limit: 1 });
    expect(isOver).toBe(true);
  });

  it("finds by words what an embedder does not know the language of, and does not wait for its vector", async () => {
    const english = { ...createHashEmbedder(), languages: ["en"] };
    const memory = home.open({}, english);
    await memory.store(passage("我的自行车钥匙在抽屉里"));
    expect(await memory.recall("自行车钥匙", { scopes: [scope], limit: 1 })).toHaveLength(1);
    for (let look = 0; look < 10_000 && (await memory.stats()).pending !== 0; look += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await memory.stats()).toMatchObject({ vectors: 1, pending: 0 });
  });
});

describe("learning", () => {
  it("compares an outcome with what all that was shown promised together", async () => {
    const memory = home.open();
    const ids = await Promise.all(["one", "two"].map((id) => memory.store(passage(`try ${id}`, { kind: "episode", id }))));
    await memory.reinforce({ turnId: "a", ids: ["one"], reward: 1 });
    await memory.reinforce({ turnId: "b", ids, reward: 1 });
    const q = new Map((await memory.list({ scopes: [scope], limit: 5 })).map((episode) => [episode.id, episode.q]));
    // Alone: 0.5 + 0.1 × 0.5. Together: both by 0.1 × (1 − (0.55 + 0.5) / 2).
    expect(q.get("one")).toBeCloseTo(0.5975, 10);
    expect(q.get("two")).toBeCloseTo(0.5475, 10);
  });

  it("compares it with the experiences among what was shown and moves these alone, and what was shown without any", async () => {
    const memory = home.open();
    const known = { text: "restart the printer", intent: "", experience: "", outcome: "", uses: 0, successes: 0, failures: 0, at: 1, createdAt: 1, lastUsedAt: 1, source: { trusted: true }, scope };
    await memory.import?.([{ ...known, id: "tried", kind: "episode", q: 0.9 }, { ...known, id: "fact", kind: "fact", q: 0.5 }, { ...known, id: "said", kind: "passage", q: 0.5 }]);
    await memory.reinforce({ turnId: "a", ids: ["tried", "fact", "said"], reward: 1 });
    await memory.reinforce({ turnId: "b", ids: ["fact"], reward: 0 });
    const found = new Map((await memory.list({ scopes: [scope], limit: 5 })).map((episode) => [episode.id, episode]));
    expect(found.get("tried")).toMatchObject({ q: expect.closeTo(0.91, 10), uses: 1, successes: 1, failures: 0 });
    expect(found.get("fact")).toMatchObject({ q: expect.closeTo(0.45, 10), uses: 2, successes: 1, failures: 1 });
    expect(found.get("said")).toMatchObject({ q: 0.5, uses: 1, successes: 1, failures: 0 });
  });

  it("lets time take from what was learned before as much as if it had been tended, and nothing from what is learned now", async () => {
    const [tended, left] = [home.open({ path: `${home.path}.tended` }), home.open()];
    const learn = async (turnId: string, reward: number): Promise<void> => {
      for (const memory of [tended, left]) await memory.reinforce({ turnId, ids: ["a", "b"], reward });
    };
    for (const memory of [tended, left]) for (const id of ["a", "b"]) await memory.store(passage("restart the printer", { id, kind: "episode" }));
    for (const turn of [1, 2, 3]) await learn(`t${turn}`, 1);
    await home.pass(60 * 86_400_000);
    await tended.tend?.();
    await learn("t4", 0);
    await learn("t5", 1);
    const toUtilities = async (memory: typeof left): Promise<readonly number[]> => (await memory.list({ scopes: [scope], limit: 2 })).map(({ q }) => q);
    const [wanted = 0] = await toUtilities(tended);
    expect(await toUtilities(left)).toEqual([expect.closeTo(wanted, 10), expect.closeTo(wanted, 10)]);
    await left.tend?.();
    expect((await toUtilities(left))[0]).toBeCloseTo(wanted, 10);
  });

  it("counts no time twice where the clock went back before something was learned", async () => {
    const memory = home.open();
    const id = await memory.store(passage("restart the printer", { kind: "episode" }));
    await home.pass(10 * 86_400_000);
    await memory.reinforce({ turnId: "t1", ids: [id], reward: 1 });
    const { clock } = home.host;
    const late = clock.now();
    const again = createSqliteMemory(sqliteMemoryOptions.parse({}), { ...home.host, clock: { ...clock, now: () => late - 9 * 86_400_000 } });
    await again.reinforce({ turnId: "t2", ids: [id], reward: 1 });
    const learned = (await again.list({ scopes: [scope], limit: 1 }))[0]?.q;
    await again.close();
    expect(learned).toBeGreaterThan(0.55);
    expect(await memory.tend?.()).toMatchObject({ decayed: 0 });
    expect((await memory.list({ scopes: [scope], limit: 1 }))[0]?.q).toBe(learned);
  });

  it("refuses a reward that is no number from 0 to 1", async () => {
    const memory = home.open();
    const id = await memory.store(passage("x", { kind: "episode" }));
    for (const reward of [Number.NaN, -0.1, 1.1, Infinity]) await expect(memory.reinforce({ turnId: "t", ids: [id], reward })).rejects.toMatchObject({ code: "memory.failed" });
    expect((await memory.list({ scopes: [scope], limit: 1 }))[0]?.q).toBe(0.5);
  });

  it("loses nothing to a clock that goes backwards", async () => {
    const early = { ...home.host.clock, now: () => 1_000 };
    const memory = home.open();
    const id = await memory.store(passage("restart the printer", { kind: "episode" }));
    await memory.reinforce({ turnId: "t", ids: [id], reward: 1 });
    const before = await memory.list({ scopes: [scope], limit: 1 });
    await memory.close();
    Object.assign(home.host, { clock: early });
    const again = home.open();
    expect(await again.tend?.()).toMatchObject({ decayed: 0 });
    expect((await again.list({ scopes: [scope], limit: 1 }))[0]?.q).toBe(before[0]?.q);
  });
});
