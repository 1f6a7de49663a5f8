import type { NewEpisode, ScopeReference } from "@omni/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Database, SqlDriver, SqlStatement } from "../src/database.ts";
import type { MemoryHome } from "./memory-home.ts";
import { checkArrival } from "../src/arrival.ts";
import { createMemoryHome } from "./memory-home.ts";
import { createWordFinder, weighQuery } from "../src/find-by-words.ts";
import { findScopes } from "../src/scopes.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { migrations } from "../src/migrations.ts";
import { openMemoryDatabase } from "../src/open-memory-database.ts";
import { storeEpisodes } from "../src/storing.ts";
import { toDatabaseFile } from "../src/database-file.ts";
import { toQueryTerms } from "../src/query-terms.ts";

let home: MemoryHome;
let database: Database;
let statements: string[];
beforeEach(async () => {
  home = createMemoryHome();
  statements = [];
  database = await open();
});
afterEach(async () => {
  database.close();
  await home.dispose();
});

/** Opens the home's database, and notes each statement that reads. */
async function open(): Promise<Database> {
  const driver = await loadBetterSqlite3();
  const watched = (sql: string, statement: SqlStatement): SqlStatement => ({
    run: (...values) => statement.run(...values),
    get: (...values) => (statements.push(sql), statement.get(...values)),
    all: (...values) => (statements.push(sql), statement.all(...values)),
    pluck: (isOn) => watched(sql, statement.pluck(isOn)),
  });
  const watching: SqlDriver = {
    open(file, options) {
      const connection = driver.open(file, options);
      return { prepare: (sql) => watched(sql, connection.prepare(sql)), exec: (sql) => connection.exec(sql), close: () => connection.close() };
    },
  };
  return openMemoryDatabase({ driver: watching, file: toDatabaseFile(home.path), migrations, busyTimeoutMs: 2_000 });
}

function toScope(owner: string | number): ScopeReference {
  return { scope: "session", owner: String(owner) };
}

/** A text in each of so many sessions; every twentieth names the ferry, and stands beside a line about the lantern. */
function storeSessions(count: number): readonly ScopeReference[] {
  const toEpisode = (index: number): NewEpisode => ({ kind: "passage", text: index % 20 === 3 ? `the ferry leaves at pier ${index}` : `note ${index} of the harbour`, previous: "Where is the lantern?", at: index, source: { trusted: true }, scope: toScope(index) });
  storeEpisodes(database, Array.from({ length: count }, (_, index) => checkArrival({ id: `n${index}`, now: 0, episode: toEpisode(index) })));
  return Array.from({ length: count }, (_, index) => toScope(index));
}

/** What a search finds by its words, with how often it looks into the index. */
function search(query: string, named: readonly ScopeReference[]): { readonly found: readonly number[]; readonly everywhere: readonly number[]; readonly looks: number } {
  const scopes = findScopes(database, named);
  const { saidIn, ...weighed } = weighQuery(database, toQueryTerms(query), scopes);
  const finder = createWordFinder(database);
  const toFound = (given: Parameters<typeof finder.find>[0]): readonly number[] => finder.find(given, scopes, 1_000).toSorted((left, right) => left - right);
  const before = statements.length;
  const found = toFound(saidIn === undefined ? weighed : { ...weighed, saidIn });
  const looks = statements.length - before;
  return { found, everywhere: toFound(weighed), looks };
}

describe("a search of many scopes", () => {
  it("finds of a hundred what looking for each word in each of them finds, and looks in fewer", () => {
    const { found, everywhere, looks } = search("does the ferry pass the lantern", storeSessions(100));
    expect(found).toHaveLength(100);
    expect(found).toEqual(everywhere);
    // Three words: the ferry is said in five scopes, the others in none, and each may stand beside what each scope has.
    expect(looks).toBe(5 + 3 * 100);
  });

  it("looks of some hundred for a word only where it is said", () => {
    const { found, looks } = search("does the ferry pass the lantern", storeSessions(400));
    expect(found).toHaveLength(20);
    expect(looks).toBe(20);
  });

  it("weighs words by how rare they are, in many scopes as in few", () => {
    const scopes = findScopes(database, storeSessions(100));
    const { weights, saidIn } = weighQuery(database, toQueryTerms("ferry harbour lantern"), scopes);
    const toWeights = (seqs: readonly number[]): readonly number[] => weighQuery(database, toQueryTerms("ferry harbour lantern"), { seqs, episodes: 20 }).weights;
    expect([...(saidIn ?? new Map<string, ReadonlySet<number>>())].map(([word, { size }]) => [word, size])).toEqual(expect.arrayContaining([["ferri", 5], ["harbour", 95]]));
    // One in twenty says it, of 100 texts and of 20: ln(1 + (n − h + 0.5) / (h + 0.5)).
    expect(weights[0]).toBeCloseTo(Math.log(1 + 95.5 / 5.5), 12);
    expect(toWeights(scopes.seqs.slice(0, 20))[0]).toBeCloseTo(Math.log(1 + 19.5 / 1.5), 12);
  });
});

describe("findScopes", () => {
  it("reads what is named in one statement, in its order and each once, and leaves out what is not there", () => {
    const odd = ["\u0000", "\ud800", 'a "quoted" one', "\u0001"].map(toScope);
    storeEpisodes(database, odd.map((scope, index) => checkArrival({ id: `o${index}`, now: 0, episode: { kind: "fact", text: "a note", at: 0, source: { trusted: true }, scope } })));
    const before = statements.length;
    const found = findScopes(database, [odd[3], odd[0], { scope: "user", owner: "\u0000" } as const, odd[2], odd[1], odd[0], toScope("nobody")].flatMap((scope) => scope ?? []));
    expect(statements.length - before).toBe(1);
    expect(found).toEqual({ seqs: [4, 1, 3, 2], episodes: 4 });
  });
});
