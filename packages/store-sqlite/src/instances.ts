import type { Instance } from "@omni/core";
import { OmniError } from "@omni/core";
import type { LifeLock } from "./life-lock.ts";
import type { StoreParts } from "./store-parts.ts";
import { isLifeLockHeld, takeLifeLock } from "./life-lock.ts";

/** Who is alive. */
export interface Instances {
  join(info: { readonly kind: string; readonly pid: number }): Instance;
  isAlive(id: string): boolean;
  /** An instance of this store object, made when it has none: whoever sends must be seen to live. */
  own(): string;
  /** Gives up every lock of this store object. */
  leaveAll(): void;
}

/** Most dead instances that are remembered; they are looked up again afterwards. */
const mostDead = 10_000;

/** Keeps instances as lock files beside the database. Joining and sweeping happen under the database's write lock, so they never meet. */
export function createInstances({ database, driver, folder, host }: Pick<StoreParts, "database" | "driver" | "folder" | "host">): Instances {
  const locks = new Map<string, LifeLock>();
  const dead = new Set<string>();

  const isAlive = (id: string): boolean => {
    if (locks.has(id)) return true;
    if (dead.has(id)) return false;
    const file = folder.lockFile("instance", id);
    if (folder.exists(file) && isLifeLockHeld(driver, file)) return true;
    if (dead.size >= mostDead) dead.clear();
    dead.add(id);
    return false;
  };
  const leave = (id: string): void => {
    const lock = locks.get(id);
    if (lock === undefined) return;
    locks.delete(id);
    dead.add(id);
    lock.release();
    folder.remove(folder.lockFile("instance", id));
  };
  const sweep = (): void => {
    const own = new Set([...locks.keys()].map((id) => folder.lockFile("instance", id)));
    for (const file of folder.instanceFiles()) {
      if (!own.has(file) && !isLifeLockHeld(driver, file)) folder.remove(file);
    }
    for (const { id } of database.all<{ id: string }>("SELECT id FROM instance")) {
      if (!folder.exists(folder.lockFile("instance", id))) database.run("DELETE FROM instance WHERE id = ?", id);
    }
  };
  const join = (info: { readonly kind: string; readonly pid: number }): Instance => {
    const id = freeId(() => host.random.id(), (each) => locks.has(each) || folder.exists(folder.lockFile("instance", each)));
    try {
      database.transaction(() => {
        sweep();
        const lock = takeLifeLock(driver, folder, folder.lockFile("instance", id));
        if (lock === undefined) throw new OmniError("store.busy", "Another process takes the same place; try again.", { retryable: true });
        locks.set(id, lock);
        dead.delete(id);
        database.run("INSERT OR REPLACE INTO instance (id, kind, pid, joined_at) VALUES (?, ?, ?, ?)", id, info.kind, info.pid, host.clock.now());
      });
    } catch (error) {
      leave(id);
      throw error;
    }
    return { id, leave: async () => leave(id) };
  };

  return {
    join,
    isAlive,
    own: () => [...locks.keys()].at(-1) ?? join({ kind: "store", pid: 0 }).id,
    leaveAll: () => {
      for (const id of [...locks.keys()]) leave(id);
    },
  };
}

/** The first new id that is not taken. Ids do not repeat; where chance is a test's own they may. */
export function freeId(next: () => string, isTaken: (id: string) => boolean): string {
  for (;;) {
    const id = next();
    if (!isTaken(id)) return id;
  }
}
