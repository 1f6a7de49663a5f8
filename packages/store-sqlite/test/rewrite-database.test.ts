import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SqlConnection } from "../src/database.ts";
import type { StoreHome } from "./store-home.ts";
import { createDatabase } from "../src/database.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { makeStoreHome, newTurn } from "./store-home.ts";
import { rewriteDatabase } from "../src/rewrite-database.ts";

let home: StoreHome;
let temporary: unknown[];
beforeEach(() => {
  home = makeStoreHome();
  temporary = [];
});
afterEach(() => home.dispose());

/** Where SQLite puts what is temporary: 1 for a file, 2 for memory. */
function readTemporary(connection: SqlConnection): unknown {
  return Object.values(connection.prepare("PRAGMA temp_store").get() ?? {})[0];
}

/** The connection, of which is noted where what is temporary lies while a file is written anew. */
function watched(connection: SqlConnection): SqlConnection {
  const look = (sql: string): void => void (sql === "VACUUM" && temporary.push(readTemporary(connection)));
  return { prepare: (sql) => (look(sql), connection.prepare(sql)), exec: (sql) => (look(sql), connection.exec(sql)), close: () => connection.close() };
}

describe("writing a database anew", () => {
  it("goes by way of a file and not of memory, where all else that is temporary lies, also after it was refused", async () => {
    const store = await home.open();
    await store.accept(newTurn("t1"));
    const driver = await loadBetterSqlite3();
    const connection = driver.open(home.database, { timeoutMs: 0 });
    const other = driver.open(home.database, { timeoutMs: 0 });
    other.exec("BEGIN IMMEDIATE");
    expect(() => rewriteDatabase(createDatabase(watched(connection), "omni.db"))).toThrow(expect.objectContaining({ code: "store.busy" }));
    expect(readTemporary(connection)).toBe(2);
    other.close();
    rewriteDatabase(createDatabase(watched(connection), "omni.db"));
    expect([temporary, readTemporary(connection)]).toEqual([[1, 1], 2]);
    connection.close();
  });

  it.each(["SQLITE_CANTOPEN", "SQLITE_IOERR_GETTEMPPATH", "SQLITE_FULL"])("is done in memory where a file has no place: %s", async (code) => {
    await home.open();
    const connection = (await loadBetterSqlite3()).open(home.database, { timeoutMs: 0 });
    const exec = (sql: string): unknown => {
      if (sql === "VACUUM" && readTemporary(connection) === 1) throw Object.assign(new Error("no place"), { code });
      return connection.exec(sql);
    };
    rewriteDatabase(createDatabase(watched({ prepare: (sql) => connection.prepare(sql), exec, close: () => undefined }), "omni.db"));
    expect([temporary, readTemporary(connection)]).toEqual([[1, 2], 2]);
    connection.close();
  });

  it("is done so by a store that has no thread for it, and by one that is restored", async () => {
    const driver = await loadBetterSqlite3();
    const startScrubWorker = (): never => {
      throw new Error("no threads");
    };
    const store = await home.open({ startScrubWorker, driver: { open: (path, options) => watched(driver.open(path, options)) } });
    await store.accept(newTurn("t1"));
    await store.cancelQueued("t1", 1);
    await store.deleteSession("test:one", 1);
    const copy = makeStoreHome();
    await store.backup?.(copy.state);
    await store.restore?.(copy.state);
    await copy.dispose();
    expect(temporary).toEqual([1, 1]);
  });
});
