import { join } from "node:path";
import type { Host, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Database, SqlDriver } from "./database.ts";
import type { Migration } from "./migrations.ts";
import type { SqliteStoreOptions } from "./sqlite-store-options.ts";
import type { StoreParts } from "./store-parts.ts";
import { checkHealth } from "./check-health.ts";
import { createCopies, databaseName } from "./copies.ts";
import { createDeletion } from "./deletion.ts";
import { createDocuments } from "./documents.ts";
import { createInstances } from "./instances.ts";
import { createIntake } from "./intake.ts";
import { createNamedLocks } from "./named-locks.ts";
import { createOutbox } from "./outbox.ts";
import { createSessions } from "./sessions.ts";
import { createTexts } from "./texts.ts";
import { createTurnReader } from "./turn-reader.ts";
import { createTurnWriter } from "./turn-writer.ts";
import { loadBetterSqlite3 } from "./better-sqlite3-driver.ts";
import { migrations } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";
import { createWriteGroup } from "./write-group.ts";
import { openStateFolder } from "./state-folder.ts";

/** What a test may put in the place of the library and of the tables' history. */
export interface StoreEdges {
  readonly driver: SqlDriver;
  readonly migrations: readonly Migration[];
}

/**
 * Opens the store of a home, making it where there is none. Rejects with
 * `store.corrupt`, `store.newer`, `store.full`, `store.busy` or
 * `home.unwritable`; a file that cannot be used is left as it is.
 */
export async function createSqliteStore(options: SqliteStoreOptions, host: Host): Promise<Store> {
  return openSqliteStore(options, host, { driver: await loadBetterSqlite3(), migrations });
}

/** The same over a library and a history of tables of one's own. */
export function openSqliteStore(options: SqliteStoreOptions, host: Host, { driver, migrations: history }: StoreEdges): Store {
  const folder = openStateFolder(options.path ?? join(host.paths.state, databaseName));
  const life = createLife(openDatabase({ driver, folder, migrations: history, busyTimeoutMs: options.busyTimeoutMs, host }));
  const { database } = life;
  const edges = { database, driver, folder, host };
  const instances = createInstances(edges);
  const locks = createNamedLocks(edges);
  // One turn of the event loop: all that came in together has run by then.
  const writes = createWriteGroup(database, (body) => void setImmediate(body));
  const parts: StoreParts = { ...edges, instances, writes };
  return {
    join: async (info) => instances.join(info),
    isAlive: async (id) => instances.isAlive(id),
    lock: async (name, info) => locks.take(name, info),
    ...createIntake(parts),
    ...createTurnWriter(parts),
    ...createTurnReader(parts),
    ...createSessions(parts),
    ...createDeletion(parts),
    ...createOutbox(parts),
    ...createTexts(parts),
    ...createDocuments(parts),
    ...createCopies({ ...parts, migrations: history, busyTimeoutMs: options.busyTimeoutMs }),
    check: async () => checkHealth(database),
    async close() {
      if (!life.isOpen()) return;
      try {
        writes.flush();
        instances.leaveAll();
        locks.releaseAll();
      } finally {
        life.end();
      }
    },
  };
}

/** A database that says so when it is used after its end. */
function createLife(database: Database): { readonly database: Database; isOpen(): boolean; end(): void } {
  let isOpen = true;
  const whileOpen = (): Database => {
    if (!isOpen) throw new OmniError("store.failed", "The store is closed.");
    return database;
  };
  return {
    database: {
      get: (sql, ...values) => whileOpen().get(sql, ...values),
      all: (sql, ...values) => whileOpen().all(sql, ...values),
      run: (sql, ...values) => whileOpen().run(sql, ...values),
      exec: (sql) => whileOpen().exec(sql),
      transaction: (body) => whileOpen().transaction(body),
      quickTransaction: (body) => whileOpen().quickTransaction(body),
      close: () => whileOpen().close(),
    },
    isOpen: () => isOpen,
    end: () => {
      isOpen = false;
      database.close();
    },
  };
}
