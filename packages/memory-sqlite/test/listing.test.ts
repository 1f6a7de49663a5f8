import type { MemoryStanding, ScopeReference } from "@omni/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Database, SqlDriver } from "../src/database.ts";
import type { MemoryHome } from "./memory-home.ts";
import { checkArrival } from "../src/arrival.ts";
import { createEngine } from "../src/engine.ts";
import { createMemoryHome } from "./memory-home.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { migrations } from "../src/migrations.ts";
import { openMemoryDatabase } from "../src/open-memory-database.ts";
import { sqliteMemoryOptions } from "../src/index.ts";
import { storeEpisodes } from "../src/storing.ts";
import { toDatabaseFile } from "../src/database-file.ts";

const mine: ScopeReference = { scope: "user", owner: "me" };
const session: ScopeReference = { scope: "session", owner: "cli:default" };

let home: MemoryHome;
let database: Database;
let asked: string[];
beforeEach(async () => {
  home = createMemoryHome();
  asked = [];
  const driver = await loadBetterSqlite3();
  const watching: SqlDriver = {
    open(file, options) {
      const connection = driver.open(file, options);
      return { prepare: (sql) => (asked.push(sql), connection.prepare(sql)), exec: (sql) => connection.exec(sql), close: () => connection.close() };
    },
  };
  database = openMemoryDatabase({ driver: watching, file: toDatabaseFile(home.path), migrations, busyTimeoutMs: 2_000 });
});
afterEach(async () => {
  database.close();
  await home.dispose();
});

describe("a list of one standing", () => {
  it.each<readonly [MemoryStanding, readonly ScopeReference[]]>([
    ["promoted", [mine]],
    ["promoted", [mine, session]],
    ["retired", [mine]],
  ])("finds what is %s by an index of its own, in %j", (standing, scopes) => {
    for (const scope of [mine, session]) storeEpisodes(database, ["a", "b"].map((name) => checkArrival({ id: `${scope.owner} ${name}`, now: 0, episode: { kind: "episode", text: "x", at: 0, source: { trusted: true }, scope } })));
    database.run("UPDATE episode SET standing = ? WHERE id LIKE '% b'", standing);
    const found = createEngine(database, sqliteMemoryOptions.parse({})).list({ scopes, limit: 5, offset: 0, standing });
    expect(found.map((episode) => [episode.id, episode.standing]).toSorted()).toEqual(scopes.map(({ owner }) => [`${owner} b`, standing]).toSorted());
    const sql = asked.findLast((each) => each.includes("standing <>")) ?? "";
    const plan = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...Array.from(sql.matchAll(/\?/g), () => null));
    expect(plan.map(({ detail }) => detail).join("\n")).toMatch(/SEARCH episode USING INDEX episode_standing \(scope=\? AND standing=\?\)/);
  });
});
