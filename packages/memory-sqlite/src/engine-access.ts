import type { SqliteMemoryOptions } from "./sqlite-memory-options.ts";
import type { MemoryEngine } from "./engine.ts";
import { createEngine } from "./engine.ts";
import { loadBetterSqlite3 } from "./better-sqlite3-driver.ts";
import { migrations } from "./migrations.ts";
import { openMemoryDatabase } from "./open-memory-database.ts";
import { toDatabaseFile } from "./database-file.ts";

/** The name of something an engine does. */
export type EngineCall = keyof MemoryEngine;

/** A way to an engine, in this thread or in another. Calls are answered in the order they are made. */
export interface EngineAccess {
  call<Name extends EngineCall>(name: Name, ...values: Parameters<MemoryEngine[Name]>): Promise<ReturnType<MemoryEngine[Name]>>;
  /** Closes the database; calls that wait are answered before. Idempotent. */
  close(): Promise<void>;
}

/** Where the database is and how it is used. Can be sent to another thread. */
export interface EnginePlace {
  readonly path: string;
  readonly options: SqliteMemoryOptions;
}

/** An engine in this thread, which can also be called with what came over a wire. */
export interface LocalEngine extends EngineAccess {
  apply(name: EngineCall, values: readonly unknown[]): unknown;
}

/** Opens an engine in this thread. Its calls block: it is for small memories, and for the worker. */
export async function openEngine({ path, options }: EnginePlace): Promise<LocalEngine> {
  const driver = await loadBetterSqlite3();
  const database = openMemoryDatabase({ driver, file: toDatabaseFile(path), migrations, busyTimeoutMs: options.busyTimeoutMs });
  const engine = createEngine(database, options);
  const methods: { readonly [Name in EngineCall]: (...values: Parameters<MemoryEngine[Name]>) => ReturnType<MemoryEngine[Name]> } = engine;
  let isOpen = true;
  return {
    async call(name, ...values) {
      return methods[name](...values);
    },
    apply: (name, values) => Reflect.apply(engine[name], undefined, values),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      database.close();
    },
  };
}
