import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DocumentCache, DocumentRow } from "../src/document-cache.ts";
import type { StoreHome } from "./store-home.ts";
import { createDatabase } from "../src/database.ts";
import { createDocumentCache } from "../src/document-cache.ts";
import { makeStoreHome } from "./store-home.ts";

describe("documents that were read before", () => {
  let home: StoreHome;
  let other: Database.Database;
  let connection: Database.Database;
  let cache: DocumentCache;
  let reads: number;
  beforeEach(() => {
    home = makeStoreHome();
    other = new Database(home.database);
    other.exec("PRAGMA journal_mode = WAL; CREATE TABLE document (kind TEXT, id TEXT, version INTEGER, value TEXT) STRICT; INSERT INTO document VALUES ('k', 'a', 1, 'one')");
    connection = new Database(home.database);
    const database = createDatabase(connection, "test.db");
    reads = 0;
    cache = createDocumentCache({ look: database.get }, (kind, id) => {
      reads += 1;
      return database.get<DocumentRow>("SELECT id, value, version FROM document WHERE kind = ? AND id = ?", kind, id);
    });
  });
  afterEach(async () => {
    connection.close();
    other.close();
    await home.dispose();
  });

  it("are read once while nothing changes, also where there is none", () => {
    for (let time = 0; time < 3; time += 1) expect([cache.get("k", "a")?.value, cache.get("k", "b"), cache.get("ka", "")]).toEqual(["one", undefined, undefined]);
    expect(reads).toBe(3);
  });

  it("are read anew as soon as another connection has committed something", () => {
    cache.get("k", "a");
    cache.get("k", "b");
    other.exec("UPDATE document SET value = 'two'; INSERT INTO document VALUES ('k', 'b', 2, 'new')");
    expect([cache.get("k", "a")?.value, cache.get("k", "b")?.value]).toEqual(["two", "new"]);
    other.exec("DELETE FROM document");
    expect([cache.get("k", "a"), cache.get("k", "b")]).toEqual([undefined, undefined]);
  });

  it("are read anew after this connection has changed them, and no others are", () => {
    other.exec("INSERT INTO document VALUES ('k', 'b', 2, 'b')");
    cache.get("k", "a");
    cache.get("k", "b");
    connection.exec("UPDATE document SET value = 'mine' WHERE id = 'a'");
    cache.forget("k", "a");
    expect([cache.get("k", "a")?.value, cache.get("k", "b")?.value, reads]).toEqual(["mine", "b", 3]);
  });

  it("are all read anew after this connection has changed any of them", () => {
    cache.get("k", "a");
    cache.get("k", "b");
    connection.exec("UPDATE document SET value = 'mine'; INSERT INTO document VALUES ('k', 'b', 2, 'new')");
    cache.forgetAll();
    expect([cache.get("k", "a")?.value, cache.get("k", "b")?.value]).toEqual(["mine", "new"]);
  });

  it("are few and small: what is long is read each time, and a flood of names is not kept", () => {
    other.exec(`INSERT INTO document VALUES ('k', 'long', 2, '${"x".repeat(5_000)}')`);
    for (let time = 0; time < 3; time += 1) cache.get("k", "long");
    expect(reads).toBe(3);
    cache.get("k", "a");
    for (let index = 0; index < 256; index += 1) cache.get("k", `nobody-${index}`);
    const before = reads;
    cache.get("k", "a");
    expect(reads).toBe(before + 1);
  });
});
