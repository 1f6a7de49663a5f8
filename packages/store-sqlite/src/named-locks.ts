import type { JsonValue, LockResult } from "@omni/core";
import type { LifeLock } from "./life-lock.ts";
import type { StoreParts } from "./store-parts.ts";
import { takeLifeLock } from "./life-lock.ts";

/** Named locks of the home. */
export interface NamedLocks {
  take(name: string, info: JsonValue): LockResult;
  releaseAll(): void;
}

/**
 * Keeps a lock as a file, and who holds it as a row. Takers exclude each
 * other by the database's write lock, so the row is always the holder's. The
 * file stays when the lock is free: removing it could give one name two files.
 */
export function createNamedLocks({ database, driver, folder }: Pick<StoreParts, "database" | "driver" | "folder">): NamedLocks {
  const held = new Map<string, LifeLock>();
  const release = (name: string, lock: LifeLock): void => {
    if (held.get(name) !== lock) return;
    held.delete(name);
    lock.release();
  };
  const take = (name: string, info: JsonValue): LockResult => {
    let lock: LifeLock | undefined;
    try {
      return database.transaction(() => {
        lock = takeLifeLock(driver, folder, folder.lockFile("named", name));
        if (lock === undefined) {
          const row = database.get<{ holder: string }>("SELECT holder FROM lock WHERE name = ?", name);
          return { held: false, holder: row === undefined ? null : (JSON.parse(row.holder) as JsonValue) };
        }
        const taken = lock;
        database.run("INSERT OR REPLACE INTO lock (name, holder) VALUES (?, ?)", name, JSON.stringify(info));
        held.set(name, taken);
        return { held: true, release: async () => release(name, taken) };
      });
    } catch (error) {
      held.delete(name);
      lock?.release();
      throw error;
    }
  };
  return {
    take,
    releaseAll: () => {
      for (const [name, lock] of [...held]) release(name, lock);
    },
  };
}
