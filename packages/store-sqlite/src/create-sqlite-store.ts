import { join } from "node:path";
import type { Host, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { CheckpointPlace } from "./start-checkpoint-worker.ts";
import type { Checkpoints, CheckpointWorker } from "./checkpoints.ts";
import type { Database, SqlDriver } from "./database.ts";
import type { DocumentRow } from "./document-cache.ts";
import type { Migration } from "./migrations.ts";
import type { Reads, SharedReads } from "./shared-reads.ts";
import type { ScrubWorker } from "./scrub.ts";
import type { SqliteStoreOptions } from "./sqlite-store-options.ts";
import type { StoreParts } from "./store-parts.ts";
import { checkHealth } from "./check-health.ts";
import { createCheckpoints } from "./checkpoints.ts";
import { createCopies, databaseName } from "./copies.ts";
import { createDeletion } from "./deletion.ts";
import { createDocumentCache } from "./document-cache.ts";
import { createDocuments, documentSql } from "./documents.ts";
import { createInstances } from "./instances.ts";
import { createIntake } from "./intake.ts";
import { createLeftovers } from "./leftovers.ts";
import { createNamedLocks } from "./named-locks.ts";
import { createOutbox } from "./outbox.ts";
import { createScrub } from "./scrub.ts";
import { createSessions } from "./sessions.ts";
import { createSharedReads } from "./shared-reads.ts";
import { createTexts } from "./texts.ts";
import { createTurnReader } from "./turn-reader.ts";
import { createTurnWriter } from "./turn-writer.ts";
import { loadBetterSqlite3 } from "./better-sqlite3-driver.ts";
import { migrations } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";
import { createWriteGroup } from "./write-group.ts";
import { openStateFolder } from "./state-folder.ts";
import { startCheckpointWorker } from "./start-checkpoint-worker.ts";

/** What a test may put in the place of the library, of the tables' history and of the threads. */
export interface StoreEdges {
  readonly driver: SqlDriver;
  readonly migrations: readonly Migration[];
  readonly startCheckpointWorker: (place: CheckpointPlace) => CheckpointWorker;
  readonly startScrubWorker: (place: CheckpointPlace) => ScrubWorker;
}

/**
 * Opens the store of a home, making it where there is none. Rejects with
 * `store.corrupt`, `store.newer`, `store.full`, `store.busy` or
 * `home.unwritable`; a file that cannot be used is left as it is.
 */
export async function createSqliteStore(options: SqliteStoreOptions, host: Host): Promise<Store> {
  return openSqliteStore(options, host, { driver: await loadBetterSqlite3(), migrations, startCheckpointWorker, startScrubWorker: startCheckpointWorker });
}

/** The same over edges of one's own. */
export function openSqliteStore(options: SqliteStoreOptions, host: Host, { driver, migrations: history, ...threads }: StoreEdges): Store {
  const { busyTimeoutMs } = options;
  const folder = openStateFolder(options.path ?? join(host.paths.state, databaseName));
  const opened = openDatabase({ driver, folder, migrations: history, busyTimeoutMs, host });
  // Runs when the code that runs now, and every promise that it settles, is through; asked for outside of a promise, a tick alone would come before them.
  const shared = createSharedReads(opened, (body) => queueMicrotask(() => process.nextTick(body)));
  const place: CheckpointPlace = { path: folder.database, busyTimeoutMs };
  const checkpoints = createCheckpoints({ database: shared.database, host, start: () => threads.startCheckpointWorker(place) });
  const life = createLife(shared, checkpoints);
  const { database, reads } = life;
  const edges = { database, reads, driver, folder, host };
  const instances = createInstances(edges);
  const locks = createNamedLocks(edges);
  // After one turn of the event loop all that came in together has run; after another, under load, as much again (64 sessions: 8 % less of this thread a turn).
  const writes = createWriteGroup({ database, clock: host.clock, busyTimeoutMs, defer: (body) => void setImmediate(() => void setImmediate(body)) });
  const parts: StoreParts = { ...edges, instances, writes, checkpoints };
  const cache = createDocumentCache(reads, (kind, id) => reads.get<DocumentRow>(documentSql.get, kind, id));
  const scrub = createScrub({ ...parts, start: () => threads.startScrubWorker(place) });
  const lock: Store["lock"] = (name, info) => writes.apart(() => locks.take(name, info));
  const leftovers = createLeftovers({ database, host, lock, scrub: scrub.finish });
  leftovers.begin();
  const close = async (): Promise<void> => {
    await Promise.all([leftovers.end(), writes.drain()]);
    await checkpoints.close();
    try {
      instances.leaveAll();
      locks.releaseAll();
    } finally {
      life.end();
    }
  };
  let closing: Promise<void> | undefined;
  return {
    join: (info) => writes.apart(() => instances.join(info)),
    isAlive: async (id) => instances.isAlive(id),
    lock,
    ...createIntake(parts),
    ...createTurnWriter(parts),
    ...createTurnReader(parts),
    ...createSessions(parts),
    ...createDeletion({ database, scrub, leftovers }),
    ...createOutbox(parts),
    ...createTexts(parts),
    ...createDocuments({ ...parts, cache }),
    ...createCopies({ ...parts, documents: cache, migrations: history, busyTimeoutMs }),
    check: async () => checkHealth(database),
    close: () => (closing ??= close()),
  };
}

/** A database that tells of its commits, and says so when it is used after its end. */
function createLife({ database, reads }: SharedReads, { committed }: Pick<Checkpoints, "committed">): { readonly database: Database; readonly reads: Reads; end(): void } {
  let isOpen = true;
  const check = (): void => {
    if (!isOpen) throw new OmniError("store.failed", "The store is closed.");
  };
  const whileOpen = (): Database => {
    check();
    return database;
  };
  const readsWhileOpen = (): Reads => {
    check();
    return reads;
  };
  const telling = <T>(result: T): T => {
    committed();
    return result;
  };
  return {
    reads: {
      get: (sql, ...values) => readsWhileOpen().get(sql, ...values),
      all: (sql, ...values) => readsWhileOpen().all(sql, ...values),
      look: (sql, ...values) => readsWhileOpen().look(sql, ...values),
    },
    database: {
      get: (sql, ...values) => whileOpen().get(sql, ...values),
      all: (sql, ...values) => whileOpen().all(sql, ...values),
      run: (sql, ...values) => whileOpen().run(sql, ...values),
      insert: (sql, ...values) => whileOpen().insert(sql, ...values),
      exec: (sql) => whileOpen().exec(sql),
      transaction: (body) => telling(whileOpen().transaction(body)),
      tryTransaction: (body, manner) => telling(whileOpen().tryTransaction(body, manner)),
      close: () => whileOpen().close(),
    },
    end: () => {
      isOpen = false;
      database.close();
    },
  };
}
