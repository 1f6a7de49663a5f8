import { join } from "node:path";
import { OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { DatabaseFile } from "./database-file.ts";
import { loadBetterSqlite3 } from "./better-sqlite3-driver.ts";
import { migrations } from "./migrations.ts";
import { openMemoryDatabase } from "./open-memory-database.ts";
import { databaseName, toDatabaseFile } from "./database-file.ts";
import { toMemoryError } from "./memory-error.ts";

/** Whether the pages, the index of words and the rows agree. */
export interface EngineHealth {
  readonly ok: boolean;
  readonly detail: string;
}

/** Makes the file of a copy and gives its path; throws `memory.failed` where there is one. */
export function makeCopyFile(folder: string): string {
  const file = toDatabaseFile(join(folder, databaseName));
  if (!file.make()) throw toTaken(file);
  return file.path;
}

function toTaken({ path }: DatabaseFile): OmniError {
  return new OmniError("memory.failed", `${path} is there already; a copy needs a folder of its own.`);
}

/** One reading transaction over all of it, which keeps no writer waiting. Pages without content, where forgotten bytes could be left, are not copied. */
export function copyDatabase(database: Database, path: string): void {
  database.run("VACUUM INTO ?", path);
}

/** Makes a copy with nothing in it, for a memory that has no file; throws `memory.failed` where there is one. */
export async function makeEmptyCopy(folder: string, busyTimeoutMs: number): Promise<void> {
  const file = toDatabaseFile(join(folder, databaseName));
  if (file.size() !== undefined) throw toTaken(file);
  openMemoryDatabase({ driver: await loadBetterSqlite3(), file, migrations, busyTimeoutMs }).close();
}

/**
 * Writes the pages of the copy over those of the database, in one transaction
 * of it; `progress` is asked how many come next. The copy is opened as a memory is before, so that one of an older
 * version is brought up to date, and a damaged or newer one is refused.
 */
export async function restoreDatabase(folder: string, file: DatabaseFile, busyTimeoutMs: number, progress = (): number => everyPage): Promise<void> {
  const copy = toDatabaseFile(join(folder, databaseName));
  if (copy.size() === undefined) throw new OmniError("memory.failed", `There is no copy of a memory in ${folder}; nothing was changed.`);
  const driver = await loadBetterSqlite3();
  const opened = openMemoryDatabase({ driver, file: copy, migrations, busyTimeoutMs });
  const health = checkDatabase(opened);
  opened.close();
  if (!health.ok) throw new OmniError("memory.failed", `The copy ${copy.path} is damaged (${health.detail}); nothing was changed.`);
  // The file there is must be one that this version may write over: opening it says so, and makes one where there is none.
  openMemoryDatabase({ driver, file, migrations, busyTimeoutMs }).close();
  const { default: BetterSqlite3 } = await import("better-sqlite3");
  const source = new BetterSqlite3(copy.path, { readonly: true, fileMustExist: true });
  try {
    await source.backup(file.path, { progress });
  } catch (error) {
    throw toMemoryError(error, file.path);
  } finally {
    source.close();
  }
}

/** More pages than a database has. */
const everyPage = 0x7fff_ffff;

/** Looks at every page. It blocks for as long as reading everything takes. */
export function checkDatabase(database: Database): EngineHealth {
  try {
    const problems = database.all<{ integrity_check: string }>("PRAGMA integrity_check(10)").map((row) => row.integrity_check).filter((line) => line !== "ok");
    const orphans = database.all("PRAGMA foreign_key_check").length;
    if (orphans > 0) problems.push(`${orphans} rows refer to rows that are gone`);
    return problems.length === 0 ? { ok: true, detail: "integrity check passed" } : { ok: false, detail: problems.join("; ") };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : "the check could not be made" };
  }
}
