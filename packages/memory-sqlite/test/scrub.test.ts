import type { NewEpisode } from "@omni/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Database, SqlConnection, SqlDriver, SqlStatement } from "../src/database.ts";
import type { MemoryEngine } from "../src/engine.ts";
import type { MemoryHome } from "./memory-home.ts";
import { checkArrival } from "../src/arrival.ts";
import { createEngine } from "../src/engine.ts";
import { createMemoryHome } from "./memory-home.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { migrations } from "../src/migrations.ts";
import { openMemoryDatabase } from "../src/open-memory-database.ts";
import { sqliteMemoryOptions } from "../src/index.ts";
import { toDatabaseFile } from "../src/database-file.ts";

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

/** What one process has open. */
interface Opened {
  readonly engine: MemoryEngine;
  readonly database: Database;
  /** How often it wrote the file anew. */
  rewrites: number;
  /** SQLite's code of what keeps the file from being written anew. */
  fault?: string | undefined;
  /** The same, only where it is written by way of a file. */
  fileFault?: string;
  /** Bytes that the file is said to have. */
  size?: number;
  /** Where SQLite put what is temporary while it wrote the file anew: 1 for a file, 2 for memory. */
  readonly temporary: unknown[];
  /** Called when it was. */
  onRewritten?(): void;
}

/** Opens the home's database as one more process would. */
async function open(): Promise<Opened> {
  const driver = await loadBetterSqlite3();
  const watching: SqlDriver = {
    open(file, options) {
      const connection = driver.open(file, options);
      const exec = (sql: string): void => {
        if (sql !== "VACUUM") return void connection.exec(sql);
        opened.temporary.push(readTemporary(connection));
        const fault = opened.fault ?? (opened.temporary.at(-1) === 1 ? opened.fileFault : undefined);
        if (fault !== undefined) throw Object.assign(new Error("refused"), { code: fault });
        connection.exec(sql);
        opened.rewrites += 1;
        opened.onRewritten?.();
      };
      const prepare = (sql: string): SqlStatement => {
        const statement = connection.prepare(sql);
        return sql.includes("page_count") ? { ...statement, get: () => (opened.size === undefined ? statement.get() : { bytes: opened.size }) } : statement;
      };
      return { prepare, exec, close: () => connection.close() };
    },
  };
  const database = openMemoryDatabase({ driver: watching, file: toDatabaseFile(home.path), migrations, busyTimeoutMs: 2_000 });
  databases.push(database);
  const opened: Opened = { engine: createEngine(database, sqliteMemoryOptions.parse({})), database, rewrites: 0, temporary: [] };
  return opened;
}

function readTemporary(connection: SqlConnection): unknown {
  return Object.values(connection.prepare("PRAGMA temp_store").get() ?? {})[0];
}

function store({ engine }: Opened, ...ids: readonly string[]): void {
  const episode: NewEpisode = { kind: "episode", text: "restart the printer", at: 0, source: { trusted: true }, scope: { scope: "user", owner: "me" } };
  engine.store(ids.map((id) => checkArrival({ id, now: 0, episode })));
}

describe("that the file is to be written anew", () => {
  it("is kept in a file too large for it, until any process tends it, and is then done once", async () => {
    const first = await open();
    store(first, "gone", "kept");
    first.database.exec("CREATE TABLE ballast (bytes BLOB); INSERT INTO ballast VALUES (zeroblob(25 * 1024 * 1024))");
    expect(first.engine.forget([["gone"]])).toEqual([1]);
    expect(first.rewrites).toBe(0);
    const second = await open();
    for (let time = 0; time < 2; time += 1) second.engine.tend(0);
    first.engine.tend(0);
    expect([first.rewrites, second.rewrites]).toEqual([0, 1]);
  });

  it.each(["SQLITE_BUSY", "SQLITE_FULL"])("is put off by %s, which keeps nothing from being forgotten or tended", async (fault) => {
    const first = await open();
    store(first, "gone", "kept");
    first.engine.reinforce({ turnId: "t", ids: ["kept"], reward: 1 }, 0);
    first.fault = fault;
    expect(first.engine.forget([["gone"]])).toEqual([1]);
    const day = 86_400_000;
    expect(first.engine.tend(day)).toMatchObject({ decayed: 1, decisions: [{ id: "kept" }] });
    expect(first.rewrites).toBe(0);
    const second = await open();
    expect(second.engine.tend(2 * day)).toMatchObject({ decayed: 1 });
    expect(second.rewrites).toBe(1);
  });

  it("stays so for what another process forgets meanwhile", async () => {
    const [first, second] = [await open(), await open()];
    store(first, "one", "two");
    second.fault = "SQLITE_BUSY";
    first.onRewritten = () => {
      delete first.onRewritten;
      second.engine.forget([["two"]]);
    };
    first.engine.forget([["one"]]);
    first.engine.tend(0);
    expect(first.rewrites).toBe(2);
  });

  it("is not done to one of more than a gigabyte, which is tended all the same, and stays so", async () => {
    const first = await open();
    first.size = 2 ** 30 + 1;
    store(first, "gone", "kept");
    first.engine.reinforce({ turnId: "t", ids: ["kept"], reward: 1 }, 0);
    first.engine.forget([["gone"]]);
    expect(first.engine.tend(86_400_000)).toMatchObject({ decayed: 1 });
    expect(first.rewrites).toBe(0);
    first.size = 2 ** 30;
    first.engine.tend(0);
    expect(first.rewrites).toBe(1);
  });

  it("is done by way of a file and not of memory, where all else that is temporary lies, also after it was refused", async () => {
    const first = await open();
    store(first, "one", "two");
    first.fault = "SQLITE_BUSY";
    first.engine.forget([["one"]]);
    const afterwards = first.database.all("PRAGMA temp_store");
    first.fault = undefined;
    first.engine.tend(0);
    expect([first.temporary, afterwards, first.database.all("PRAGMA temp_store")]).toEqual([[1, 1], [{ temp_store: 2 }], [{ temp_store: 2 }]]);
  });

  it.each(["SQLITE_CANTOPEN", "SQLITE_IOERR_GETTEMPPATH", "SQLITE_FULL"])("is done in memory where a file has no place: %s", async (fault) => {
    const first = await open();
    store(first, "one", "two");
    first.fileFault = fault;
    first.engine.forget([["one"]]);
    expect([first.rewrites, first.temporary]).toEqual([1, [1, 2]]);
  });

  it("is no more where nothing was forgotten, and what is damaged is said", async () => {
    const first = await open();
    store(first, "kept");
    first.engine.forget([["never-stored"]]);
    first.engine.tend(0);
    expect(first.rewrites).toBe(0);
    first.fault = "SQLITE_CORRUPT";
    expect(() => first.engine.forget([["kept"]])).toThrow("damaged");
    expect(() => first.engine.tend(0)).toThrow("damaged");
  });
});
