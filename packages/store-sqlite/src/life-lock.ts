import type { SqlConnection, SqlDriver } from "./database.ts";
import type { StateFolder } from "./state-folder.ts";
import { toStoreError } from "./store-error.ts";

/** A lock of the operating system, held until it is released or the process ends, however it ends. */
export interface LifeLock {
  release(): void;
}

/**
 * Node has no flock; an exclusive transaction on an empty SQLite file is the
 * same thing. Nothing is ever written to the file: the journal is kept in
 * memory so that none is left behind, and the transaction is never committed.
 */
const holdSql = "PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE";

/** Only a shared lock, so that two who look do not see each other as the holder. */
const lookSql = "SELECT count(*) FROM sqlite_schema";

/** Takes a lock without waiting; undefined where somebody has it. Takers of one file must exclude each other: two at once may both fail. */
export function takeLifeLock(driver: SqlDriver, folder: StateFolder, file: string): LifeLock | undefined {
  const connection = openLockFile(driver, file);
  try {
    connection.exec(holdSql);
  } catch (error) {
    connection.close();
    if (isBusy(error)) return undefined;
    throw toStoreError(error, file);
  }
  folder.restrict(file);
  return { release: () => void connection.close() };
}

/** True while somebody holds the lock of an existing file. */
export function isLifeLockHeld(driver: SqlDriver, file: string): boolean {
  const connection = openLockFile(driver, file);
  try {
    connection.exec(lookSql);
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw toStoreError(error, file);
  } finally {
    connection.close();
  }
}

function openLockFile(driver: SqlDriver, file: string): SqlConnection {
  try {
    return driver.open(file, { timeoutMs: 0 });
  } catch (error) {
    throw toStoreError(error, file);
  }
}

function isBusy(error: unknown): boolean {
  return toStoreError(error, "").code === "store.busy";
}
