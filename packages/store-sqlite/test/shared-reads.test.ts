import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SharedReads } from "../src/shared-reads.ts";
import type { StoreHome } from "./store-home.ts";
import { createDatabase } from "../src/database.ts";
import { createSharedReads } from "../src/shared-reads.ts";
import { makeStoreHome } from "./store-home.ts";

describe("shared reads", () => {
  let home: StoreHome;
  let other: Database.Database;
  let connection: Database.Database;
  let shared: SharedReads;
  let deferred: (() => void)[];
  beforeEach(() => {
    home = makeStoreHome();
    other = new Database(home.database);
    other.exec("PRAGMA journal_mode = WAL; CREATE TABLE thing (name TEXT) STRICT; INSERT INTO thing VALUES ('a')");
    connection = new Database(home.database);
    deferred = [];
    shared = createSharedReads(createDatabase(connection, "test.db"), (body) => void deferred.push(body));
  });
  afterEach(async () => {
    connection.close();
    other.close();
    await home.dispose();
  });

  const count = (): number | undefined => shared.reads.get<{ things: number }>("SELECT count(*) AS things FROM thing")?.things;
  const addElsewhere = (): unknown => other.exec("INSERT INTO thing VALUES ('elsewhere')");

  it("see the same moment while nothing else runs, and the newest afterwards", () => {
    expect(count()).toBe(1);
    addElsewhere();
    expect([count(), shared.reads.all("SELECT name FROM thing").length]).toEqual([1, 1]);
    expect(deferred).toHaveLength(1);
    deferred[0]?.();
    expect(count()).toBe(2);
  });

  it("are not begun for a look, which is of its own moment unless they have begun", () => {
    const look = (): number | undefined => shared.reads.look<{ things: number }>("SELECT count(*) AS things FROM thing")?.things;
    expect(look()).toBe(1);
    addElsewhere();
    expect([look(), deferred.length]).toEqual([2, 0]);
    count();
    addElsewhere();
    expect([look(), count()]).toEqual([2, 2]);
  });

  it("end before a write, and see what it wrote", () => {
    count();
    addElsewhere();
    shared.database.run("INSERT INTO thing VALUES ('b')");
    expect(count()).toBe(3);
    shared.database.transaction(() => shared.database.run("INSERT INTO thing VALUES ('c')"));
    expect(count()).toBe(4);
    expect(shared.database.get("PRAGMA wal_checkpoint(TRUNCATE)")).toMatchObject({ busy: 0 });
  });

  it("belong to the transaction they are made in", () => {
    const seen = shared.database.transaction(() => {
      shared.database.run("INSERT INTO thing VALUES ('b')");
      return count();
    });
    expect(seen).toBe(2);
    expect(deferred).toEqual([]);
    expect(() =>
      shared.database.tryTransaction(
        () => {
          shared.database.run("INSERT INTO thing VALUES ('c')");
          throw new Error("undone");
        },
        { isQuick: true },
      ),
    ).toThrow("undone");
    expect(count()).toBe(2);
  });

  it("end quietly when the connection was closed before, and fail where it is closed", () => {
    count();
    shared.database.close();
    expect(() => deferred[0]?.()).not.toThrow();
    expect(count).toThrow(expect.objectContaining({ code: "store.failed" }));
    connection = new Database(home.database);
  });

  it("keep nobody from writing", () => {
    count();
    addElsewhere();
    expect(other.prepare("SELECT count(*) AS things FROM thing").get()).toEqual({ things: 2 });
  });
});
