import type { EmbeddingIdentity, NewEpisode, ScopeReference } from "@omni/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Database, SqlDriver, SqlStatement } from "../src/database.ts";
import type { MemoryHome } from "./memory-home.ts";
import { checkArrival } from "../src/arrival.ts";
import { createEngine } from "../src/engine.ts";
import { createMemoryHome } from "./memory-home.ts";
import { createVectors } from "../src/vectors.ts";
import { forgetEpisodes } from "../src/forgetting.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { migrations } from "../src/migrations.ts";
import { openMemoryDatabase } from "../src/open-memory-database.ts";
import { sqliteMemoryOptions } from "../src/index.ts";
import { storeEpisodes } from "../src/storing.ts";
import { toDatabaseFile } from "../src/database-file.ts";

const mine = { scope: "user", owner: "me" } as const;
const identity: EmbeddingIdentity = { model: "two", dimensions: 2, version: "1" };

let home: MemoryHome;
let databases: Database[];
beforeEach(() => {
  home = createMemoryHome();
  databases = [];
});
afterEach(async () => {
  for (const database of databases) database.close();
  await home.dispose();
});

/** Opens the home's database; `look` is called for every look into the index. */
async function open(look: () => void = () => undefined): Promise<Database> {
  const driver = await loadBetterSqlite3();
  const watched = (statement: SqlStatement): SqlStatement => ({
    run: (...values) => statement.run(...values),
    get: (...values) => statement.get(...values),
    all: (...values) => (look(), statement.all(...values)),
    pluck: (isOn) => watched(statement.pluck(isOn)),
  });
  const watching: SqlDriver = {
    open(file, options) {
      const connection = driver.open(file, options);
      return { prepare: (sql) => (sql.includes("MATCH") ? watched(connection.prepare(sql)) : connection.prepare(sql)), exec: (sql) => connection.exec(sql), close: () => connection.close() };
    },
  };
  const database = openMemoryDatabase({ driver: watching, file: toDatabaseFile(home.path), migrations, busyTimeoutMs: 2_000 });
  databases.push(database);
  return database;
}

function store(database: Database, episodes: readonly Partial<NewEpisode>[]): void {
  storeEpisodes(database, episodes.map((parts) => checkArrival({ id: parts.id ?? "", now: 0, episode: { kind: "passage", text: parts.id ?? "", at: 0, source: { trusted: true }, scope: mine, ...parts } })));
}

/** A session in which each text stands beside the next. */
function toTalk(owner: string, texts: readonly string[]): readonly Partial<NewEpisode>[] {
  const beside = (text: string | undefined, name: "previous" | "next"): Partial<NewEpisode> => (text === undefined ? {} : { [name]: text });
  return texts.map((text, index) => ({ id: `${owner}-${index}`, text, scope: { scope: "session", owner }, ...beside(texts[index - 1], "previous"), ...beside(texts[index + 1], "next") }));
}

describe("forgetting a session beside many others", () => {
  it("looks for its texts in all of them together, and leaves none beside another", async () => {
    let looks = 0;
    const database = await open(() => (looks += 1));
    const texts = Array.from({ length: 120 }, (_, index) => `The ${index} oars lie under bench ${index * 7}.`);
    store(database, toTalk("gone", texts));
    for (let session = 0; session < 60; session += 1) store(database, toTalk(`kept ${session}`, ["The kettle is red.", "Bo keeps bees."]));
    // What was said there stands beside what others keep: as it is, cut, and among other words.
    store(database, [
      { id: "near", text: "noted", previous: `hello\n${texts[3]}`, next: texts[4] ?? "" },
      { id: "cut", text: "noted again", next: "the 17 OARS lie under…", scope: { scope: "agent", owner: "a" } },
      { id: "amid", text: "oars", previous: `he said: ${texts[60]} Right?`, scope: { scope: "session", owner: "kept 3" } },
    ]);
    expect([...forgetEpisodes(database, texts.map((_, index) => `gone-${index}`)).keys()]).toHaveLength(120);
    expect(looks).toBeLessThan(120);
    const beside = database.all<{ previous: string | null; next: string | null }>("SELECT previous, next FROM body");
    expect(beside).toHaveLength(123);
    expect(beside.filter(({ previous, next }) => /oars/i.test(`${previous}${next}`))).toEqual([]);
    expect(database.get("SELECT previous, next FROM body JOIN episode ON seq = episode WHERE id = 'near'")).toEqual({ previous: "hello", next: null });
    expect(database.column("SELECT near FROM words").join(" ")).not.toContain("oar");
    expect(database.column("SELECT rowid FROM search WHERE search MATCH ?", '"n1·oar"')).toEqual([]);
  });

  it("looks into the index for few texts in few scopes", async () => {
    let looks = 0;
    const database = await open(() => (looks += 1));
    store(database, toTalk("gone", ["The oars lie under the bench.", ...Array.from({ length: 200 }, (_, index) => `Note ${index}`)]));
    forgetEpisodes(database, ["gone-0"]);
    expect(looks).toBe(1);
    expect(database.get("SELECT previous FROM body JOIN episode ON seq = episode WHERE id = 'gone-1'")).toEqual({ previous: null });
  });
});

/** Vectors of all that is stored, each a little further from the first, what is called near before what is called far. */
function toVectors(database: Database): readonly { readonly episode: number; readonly vector: Float32Array }[] {
  return database.column<number>("SELECT seq FROM episode ORDER BY id LIKE 'far%', seq").map((episode, index) => ({ episode, vector: Float32Array.from([Math.cos(index / 100), Math.sin(index / 100)]) }));
}

const first = Float32Array.from([1, 0]);
const near = Array.from({ length: 40 }, (_, index) => `near ${index}`);
const far = Array.from({ length: 80 }, (_, index) => `far ${index}`);

describe("a vector of what was forgotten", () => {
  it("takes no place of what is near in a search, also while others wait for theirs and when its scope is gone", async () => {
    const database = await open();
    const isGone = (index: number): boolean => index % 2 === 0;
    store(database, [...far, ...near.filter((_, index) => !isGone(index))].map((id) => ({ id })));
    store(database, near.filter((_, index) => isGone(index)).map((id) => ({ id, scope: { scope: "session", owner: "gone" } })));
    const engine = createEngine(database, sqliteMemoryOptions.parse({}));
    const vectors = toVectors(database);
    // Most have the vector of an earlier embedder still, so that their number does not show what is gone.
    engine.putVectors({ ...identity, version: "0" }, vectors.slice(60));
    engine.putVectors(identity, vectors.slice(0, 60));
    const scopes: readonly ScopeReference[] = [mine, { scope: "session", owner: "gone" }, { scope: "session", owner: "new" }];
    const recalled = (): readonly string[] => engine.recall({ query: "zzz", scopes, limit: 1, floor: 0, vector: { identity, numbers: first } }).map(({ episode }) => episode.id);
    expect(recalled()).toEqual(["near 1"]);
    engine.forget([near]);
    expect(recalled()).toEqual(["far 0"]);
    // The number of the scope that is gone is given again, and what lies in it is not what lay there.
    store(database, [{ id: "new", scope: { scope: "session", owner: "new" } }]);
    expect(recalled()).toEqual(["far 0"]);
  });

  it("takes none either where another process forgot it", async () => {
    const database = await open();
    store(database, [...near, ...far].map((id) => ({ id })));
    const vectors = createVectors(database);
    vectors.put(identity, toVectors(database));
    const scopes = database.column<number>("SELECT seq FROM scope");
    const [nearest = 0] = vectors.find(identity, first, scopes, 20)?.nearest ?? [];
    expect(nearest).toBe(1);
    forgetEpisodes(await open(), near);
    const found = vectors.find(identity, first, scopes, 20);
    expect(found?.nearest).toEqual(Array.from({ length: 20 }, (_, index) => 41 + index));
    expect(found?.meanings([1, 41]).map(({ nearness }) => nearness > 0)).toEqual([false, true]);
  });
});
