import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Migration } from "../src/migrations.ts";
import type { StoreHome } from "./store-home.ts";
import { makeStoreHome, newTurn } from "./store-home.ts";
import { createDatabase } from "../src/database.ts";
import { migrate, readHeader } from "../src/migrate.ts";
import { migrations } from "../src/migrations.ts";
import { versionOneSql } from "./version-one.ts";

const next: Migration = { version: 2, sql: "ALTER TABLE session ADD COLUMN title TEXT" };
const afterNext: Migration = { version: 3, sql: "CREATE TABLE label (session_id TEXT PRIMARY KEY, label TEXT NOT NULL) STRICT; INSERT INTO label SELECT id, coalesce(title, 'none') FROM session" };
const broken: Migration = { version: 3, sql: "CREATE TABLE half (a TEXT) STRICT; INSERT INTO nowhere VALUES (1)" };

describe("migrations", () => {
  let home: StoreHome;
  beforeEach(() => {
    home = makeStoreHome();
  });
  afterEach(() => home.dispose());

  const look = <T>(sql: string, path = home.database): T[] => {
    const raw = new Database(path, { readonly: true });
    try {
      return raw.prepare(sql).all() as T[];
    } finally {
      raw.close();
    }
  };
  const version = (path?: string): number => look<{ user_version: number }>("PRAGMA user_version", path)[0]?.user_version ?? 0;
  const backups = (): readonly string[] => readdirSync(join(home.state, "backups")).map((name) => join(home.state, "backups", name));
  const makeVersionOne = (): void => {
    const raw = new Database(home.database);
    raw.exec(versionOneSql);
    raw.close();
  };

  it("are numbered from 1 without gaps", () => {
    expect(migrations.map((migration) => migration.version)).toEqual(migrations.map((_, index) => index + 1));
  });

  it("open a file of version 1 as it was released, with everything in it", async () => {
    makeVersionOne();
    const store = await home.open();
    expect(await store.turn("t1")).toMatchObject({ status: "completed", attempts: 1, outcome: { output: "hi", status: "completed" }, input: { text: "hello" } });
    expect(await store.session("cli:default")).toMatchObject({ totalTurns: 1, totalToolCalls: 2, openTurns: 1 });
    expect(await store.slots("cli:default", 5)).toEqual([{ turnId: "t1", checkpointId: "t1", toolCalls: 2, tokens: 50, at: 1_500 }]);
    expect((await store.unfinished()).map((record) => record.input.turnId)).toEqual(["t2"]);
    expect(await store.outbox("cli", 5)).toMatchObject([{ id: "o1", turnId: "t1", body: "hi" }]);
    expect(await store.readText("cli:default", "x1", { offset: 1, limit: 2 })).toEqual({ text: "on", length: 4 });
    expect(await store.getDocument("access-token", "abc")).toEqual({ value: { name: "ci" }, version: 7 });
    expect(await store.accept(newTurn("t3"))).toMatchObject({ result: "accepted" });
    expect(await store.check()).toMatchObject({ ok: true });
  });

  it("make a file of the latest version from nothing, without a backup", async () => {
    const store = await home.open({ migrations: [...migrations, next, afterNext] });
    await store.accept(newTurn("t1"));
    await store.close();
    expect(readdirSync(home.state).sort()).toEqual(["instances", "omni.db"]);
    expect(version()).toBe(3);
  });

  it("bring an older file up to date and keep a whole copy of it first", async () => {
    makeVersionOne();
    await (await home.open({ migrations: [...migrations, next, afterNext] })).close();
    expect(version()).toBe(3);
    expect(look("SELECT * FROM label")).toEqual([{ session_id: "cli:default", label: "none" }]);
    const [backup, ...others] = backups();
    expect(others).toEqual([]);
    expect(version(backup)).toBe(1);
    expect(look("SELECT id, status FROM turn", backup)).toEqual([{ id: "t1", status: "completed" }, { id: "t2", status: "queued" }]);
  });

  it("keep no copy that a killed process left unfinished a day ago, and leave one that may be written now", async () => {
    makeVersionOne();
    const now = home.host.clock.now();
    const day = 86_400_000;
    const names = [`omni-v1-${now - day - 1}-A-B.partial`, `omni-v1-${now - day - 1}-A-B.partial-journal`, `omni-v1-${now - day}-A-B.partial`, `omni-v1-${now - day - 1}-A.db`];
    mkdirSync(join(home.state, "backups"));
    for (const name of names) writeFileSync(join(home.state, "backups", name), "half of it");
    await (await home.open()).close();
    expect(readdirSync(join(home.state, "backups"))).toEqual(names.slice(2).sort());
  });

  it("run once where two processes begin them at the same time", async () => {
    makeVersionOne();
    const connections = [new Database(home.database), new Database(home.database)];
    const databases = connections.map((connection) => createDatabase(connection, "omni.db"));
    for (const database of databases) expect(readHeader(database).version).toBe(1);
    for (const database of databases) migrate(database, [...migrations, next, afterNext]);
    for (const database of databases) expect(readHeader(database).version).toBe(3);
    for (const connection of connections) connection.close();
  });

  it("roll a broken step back whole and go on from the last good one", async () => {
    makeVersionOne();
    await expect(home.open({ migrations: [...migrations, next, broken] })).rejects.toMatchObject({ code: "store.failed" });
    expect(version()).toBe(2);
    expect(look("SELECT name FROM sqlite_schema WHERE name = 'half'")).toEqual([]);
    const store = await home.open({ migrations: [...migrations, next, afterNext] });
    expect(version()).toBe(3);
    expect(await store.turn("t1")).toMatchObject({ status: "completed" });
    expect(backups()).toHaveLength(2);
  });

  it("never run on a file of a newer version, which stays byte for byte as it is", async () => {
    await (await home.open({ migrations: [...migrations, next] })).close();
    const before = readFileSync(home.database);
    await expect(home.open()).rejects.toMatchObject({ code: "store.newer", message: expect.stringContaining("newer Omni") as string });
    expect(readFileSync(home.database).equals(before)).toBe(true);
  });

  it("leave a newer file alone also while its log is not yet written back", async () => {
    await (await home.open({ migrations: [...migrations, next] })).close();
    const writer = new Database(home.database);
    writer.exec("INSERT INTO counter VALUES ('kept', 1)");
    const before = [readFileSync(home.database), readFileSync(`${home.database}-wal`)];
    await expect(home.open()).rejects.toMatchObject({ code: "store.newer" });
    expect([readFileSync(home.database), readFileSync(`${home.database}-wal`)]).toEqual(before);
    writer.close();
  });
});
