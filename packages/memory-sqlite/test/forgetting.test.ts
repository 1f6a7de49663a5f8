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

/** Opens the home's database; `look` is called for every look into the index, and `note` for every statement that is prepared. */
async function open(look: () => void = () => undefined, note: (sql: string, statement: SqlStatement) => SqlStatement = (_, statement) => statement): Promise<Database> {
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
      return { prepare: (sql) => note(sql, sql.includes("MATCH") ? watched(connection.prepare(sql)) : connection.prepare(sql)), exec: (sql) => connection.exec(sql), close: () => connection.close() };
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

/** Walks through whole tables in the plans of statements, but for that of scopes and what the index does itself. */
function toWalks(database: Database, statements: Iterable<string>): readonly string[] {
  const plans = [...statements].filter((sql) => /^(?:SELECT|UPDATE|DELETE)/.test(sql)).flatMap((sql) => database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql.replaceAll(/\+?\?/g, "1")}`));
  return plans.map(({ detail }) => detail).filter((detail) => detail.startsWith("SCAN") && !/^SCAN (?:scope|scrub|json_each|search)\b/.test(detail));
}

describe("forgetting one", () => {
  it("walks through no table in few scopes, and leaves no word that nobody says", async () => {
    const statements = new Set<string>();
    const database = await open(undefined, (sql, statement) => (statements.add(sql), statement));
    store(database, toTalk("gone", ["The oars lie under the bench.", ...Array.from({ length: 200 }, (_, index) => `Note ${index}`)]));
    statements.clear();
    forgetEpisodes(database, ["gone-0"]);
    expect(toWalks(database, [...statements])).toEqual([]);
    expect(toWalks(database, ["DELETE FROM word WHERE episodes <= 0"])).toEqual(["SCAN word"]);
    expect(database.column("SELECT word FROM word WHERE word IN ('oar', 'note') OR episodes <= 0")).toEqual(["note"]);
  });

  it("among many scopes is handed no more rows than those beside which its rarest word stands", async () => {
    let handed = 0;
    const count = (statement: SqlStatement): SqlStatement => ({
      run: (...values) => statement.run(...values),
      get: (...values) => ((handed += 1), statement.get(...values)),
      all(...values) {
        const rows = statement.all(...values);
        handed += rows.length;
        return rows;
      },
      pluck: (isOn) => count(statement.pluck(isOn)),
    });
    const database = await open(undefined, (sql, statement) => (/\bnear\b/.test(sql) ? count(statement) : statement));
    store(database, toTalk("gone", ["The oars lie under the bench.", "Good."]));
    for (let session = 0; session < 300; session += 1) store(database, toTalk(`kept ${session}`, ["The kettle is red and soars.", "Bo keeps bees."]));
    store(database, [
      { id: "near", text: "noted", previous: "hello\nThe oars lie under the bench." },
      { id: "cut", text: "noted again", next: "the OARS lie under…", scope: { scope: "agent", owner: "a" } },
      { id: "end", text: "noted as well", next: "He said: the oars lie under the bench.\nGood.", scope: { scope: "session", owner: "kept 7" } },
    ]);
    handed = 0;
    forgetEpisodes(database, ["gone-0"]);
    // The row itself, the numbers of the four beside which it stands, and each of these.
    expect(handed).toBe(1 + 4 + 4);
    expect(database.all("SELECT id, previous, next FROM body JOIN episode ON seq = episode WHERE id IN ('gone-1', 'near', 'cut', 'end') ORDER BY seq")).toEqual([
      { id: "gone-1", previous: null, next: null },
      { id: "near", previous: "hello", next: null },
      { id: "cut", previous: null, next: null },
      { id: "end", previous: null, next: "Good." },
    ]);
    expect(database.column("SELECT near FROM words").join(" ")).not.toMatch(/\boar\b/);
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
