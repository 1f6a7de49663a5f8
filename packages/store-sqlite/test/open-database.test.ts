import { chmodSync, existsSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFakeHost } from "@omni/testkit/fakes";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoreHome } from "./store-home.ts";
import { createSqliteStore, sqliteStoreOptions } from "../src/index.ts";
import { makeStoreHome, newTurn, step, begin } from "./store-home.ts";

describe("opening the database", () => {
  let home: StoreHome;
  beforeEach(() => {
    home = makeStoreHome();
  });
  afterEach(() => home.dispose());

  const fill = async (): Promise<void> => {
    const store = await home.open();
    const fence = await begin(store, (await store.join({ kind: "test", pid: 1 })).id, "t1");
    for (let index = 0; index < 50; index++) await store.append("t1", fence, [step("x".repeat(5_000))]);
    await store.close();
  };
  const refusedAsCorrupt = async (): Promise<void> => {
    const before = readFileSync(home.database);
    await expect(home.open()).rejects.toMatchObject({ code: "store.corrupt" });
    expect(readFileSync(home.database).equals(before)).toBe(true);
  };

  it("makes the file with rights for its owner only, and leaves nothing else behind", async () => {
    const store = await home.open();
    await store.join({ kind: "test", pid: 1 });
    await store.lock("gateway", null);
    await store.accept(newTurn("t1"));
    for (const name of ["omni.db", "omni.db-wal", "gateway.lock"]) expect(statSync(join(home.state, name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(home.state, "instances")).mode & 0o777).toBe(0o700);
    await store.close();
    expect(readdirSync(home.state).sort()).toEqual(["gateway.lock", "instances", "omni.db"]);
    expect(readdirSync(join(home.state, "instances"))).toEqual([]);
  });

  it("writes through to the disk in a log, with the settings that power loss and planted files ask for", async () => {
    await home.open().then((store) => store.close());
    const raw = new Database(home.database);
    expect([raw.pragma("journal_mode", { simple: true }), raw.pragma("application_id", { simple: true }), raw.pragma("user_version", { simple: true })]).toEqual(["wal", 0x4f4d4e49, 1]);
    raw.close();
    const settings: string[] = [];
    const driver = await import("../src/better-sqlite3-driver.ts").then((module) => module.loadBetterSqlite3());
    const store = await home.open({
      driver: {
        open: (path, options) => {
          const connection = driver.open(path, options);
          const look = (): void => {
            for (const name of ["synchronous", "foreign_keys", "trusted_schema", "secure_delete"]) settings.push(`${name}=${Object.values(connection.prepare(`PRAGMA ${name}`).get() ?? {}).join()}`);
          };
          return {
            prepare: (sql) => connection.prepare(sql),
            exec: (sql) => {
              connection.exec(sql);
              if (sql.includes("synchronous")) look();
            },
            close: () => connection.close(),
          };
        },
      },
    });
    await store.close();
    expect(settings).toEqual(["synchronous=2", "foreign_keys=1", "trusted_schema=0", "secure_delete=1"]);
  });

  it("takes a path of its own, with locks and backups in its folder", async () => {
    const path = join(home.state, "elsewhere", "store.db");
    const store = await createSqliteStore(sqliteStoreOptions.parse({ path }), home.host);
    await store.accept(newTurn("t1"));
    await store.close();
    expect(readdirSync(join(home.state, "elsewhere")).sort()).toEqual(["instances", "store.db"]);
    expect(existsSync(home.database)).toBe(false);
  });

  it("refuses a file that is no database and leaves it as it is", async () => {
    writeFileSync(home.database, "certainly no database\n".repeat(500));
    await refusedAsCorrupt();
  });

  it("refuses an empty file: a database is never half made, so it lost its content", async () => {
    writeFileSync(home.database, "");
    await refusedAsCorrupt();
  });

  it("leaves the log of an empty file as it is: it holds what is left", async () => {
    writeFileSync(home.database, "");
    writeFileSync(`${home.database}-wal`, "all that is left");
    await refusedAsCorrupt();
    expect(readFileSync(`${home.database}-wal`, "utf8")).toBe("all that is left");
  });

  it.each([1, 15, 50, 99, 100, 511, 4_096, 8_192, 40_960])("refuses a file that was cut to %i bytes and leaves it as it is", async (length) => {
    await fill();
    truncateSync(home.database, length);
    await refusedAsCorrupt();
  });

  it("refuses a database whose header is overwritten", async () => {
    await fill();
    const bytes = readFileSync(home.database);
    bytes.fill(0x5a, 0, 64);
    writeFileSync(home.database, bytes);
    await refusedAsCorrupt();
  });

  it("says so in the check when a page in the middle is overwritten", async () => {
    await fill();
    const bytes = readFileSync(home.database);
    for (let page = Math.floor(bytes.length / 8_192); page < bytes.length / 4_096; page++) bytes.fill(0x5a, page * 4_096, page * 4_096 + 64);
    writeFileSync(home.database, bytes);
    const store = await home.open();
    expect(await store.check()).toMatchObject({ ok: false });
    await expect(store.events("t1")).rejects.toMatchObject({ code: "store.corrupt" });
  });

  it("refuses the database of another program", async () => {
    const raw = new Database(home.database);
    raw.exec("CREATE TABLE other (a TEXT); INSERT INTO other VALUES ('theirs'); PRAGMA user_version = 1");
    raw.close();
    await refusedAsCorrupt();
  });

  it("refuses to begin anew where the log of a lost database is still there", async () => {
    const log = `${home.database}-wal`;
    writeFileSync(log, "what was committed last");
    await expect(home.open()).rejects.toMatchObject({ code: "store.corrupt" });
    expect(existsSync(home.database)).toBe(false);
    expect(readFileSync(log, "utf8")).toBe("what was committed last");
  });

  it("refuses a folder that cannot be written with home.unwritable", async () => {
    // Root may write a folder without rights, so for root a folder of the kernel stands in.
    const isRoot = process.getuid?.() === 0;
    const state = isRoot ? "/sys/kernel" : home.state;
    if (!isRoot) chmodSync(state, 0o500);
    const host = createFakeHost({ paths: { home: state, state, workspace: state } });
    await expect(createSqliteStore(sqliteStoreOptions.parse({}), host)).rejects.toMatchObject({ code: "home.unwritable" });
    if (!isRoot) chmodSync(state, 0o700);
  });

  it("waits no longer than it is told for a locked database: store.busy, and the same call succeeds later", async () => {
    const store = await home.open({}, 0);
    const other = new Database(home.database);
    other.exec("BEGIN IMMEDIATE");
    await expect(store.accept(newTurn("t1"))).rejects.toMatchObject({ code: "store.busy", retryable: true });
    other.exec("ROLLBACK");
    other.close();
    expect(await store.accept(newTurn("t1"))).toMatchObject({ result: "accepted" });
  });

  it("tells no path once it is open, since what it says may travel", async () => {
    const store = await home.open();
    await store.accept(newTurn("t1"));
    const failed = await store.accept({ ...newTurn("t1"), platformId: "other" }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "store.failed" });
    expect(String(failed)).not.toContain(home.state);
  });
});
