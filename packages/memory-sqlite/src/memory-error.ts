import { isOmniError, OmniError } from "@omni/core";

/** Starts of SQLite's result codes and of the system's, with what happened and what to do. The first that fits counts. */
const causes: readonly (readonly [start: string, what: string, isTransient: boolean])[] = [
  ["SQLITE_FULL", "There is no space left to write it; nothing was written. Free some space and try again.", true],
  ["SQLITE_IOERR_NOMEM", "There was no memory left for it; try again.", true],
  ["SQLITE_IOERR", "The disk refuses to read or write it; what was being written may or may not be kept. Look at the disk, and at the space on it, and try again.", true],
  ["ENOSPC", "There is no space left to write it; nothing was written. Free some space and try again.", true],
  ["SQLITE_BUSY", "Another process keeps it locked; try again in a moment.", true],
  ["SQLITE_LOCKED", "Another process keeps it locked; try again in a moment.", true],
  ["SQLITE_CORRUPT", "It is damaged; it was left as it is. Restore a copy, or move the file away to begin anew.", false],
  ["SQLITE_NOTADB", "It is no database; it was left as it is. Restore a copy, or move the file away to begin anew.", false],
  ["SQLITE_READONLY", "It cannot be written; check that this user may write it and its folder.", false],
  ["SQLITE_CANTOPEN", "It cannot be opened; check that its folder exists and that this user may write it.", false],
  ["SQLITE_TOOBIG", "What was given is longer than a database can hold; store it in parts.", false],
  ["EACCES", "It cannot be opened; check that this user may read and write it and its folder.", false],
  ["EROFS", "It cannot be written: the file system is read-only.", false],
];

/** The one place where an error of SQLite becomes an error of Omni, `memory.failed`. `where` names the file. */
export function toMemoryError(error: unknown, where: string): OmniError {
  if (isOmniError(error)) return error;
  const raw = typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "";
  const [, what, isTransient] = causes.find(([start]) => raw.startsWith(start)) ?? ["", "It could not do what was asked; try again, and run `omni doctor` when it stays so.", false];
  const detail = raw === "" ? (error instanceof Error ? error.message : String(error)) : raw;
  return new OmniError("memory.failed", `The memory ${where} failed. ${what} (${detail})`, { cause: error, retryable: isTransient });
}
