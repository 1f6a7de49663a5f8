import type { OmniErrorCode } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";

/** Starts of SQLite's extended result codes and of the system's, with the code each becomes. The first that fits counts. */
const codes: readonly (readonly [start: string, code: OmniErrorCode])[] = [
  ["SQLITE_FULL", "store.full"],
  ["SQLITE_IOERR_WRITE", "store.full"],
  // Some file systems give out space only when a file is forced to the disk, so a full one is first heard of there.
  ["SQLITE_IOERR_FSYNC", "store.full"],
  ["SQLITE_IOERR_DIR_FSYNC", "store.full"],
  ["SQLITE_IOERR_TRUNCATE", "store.full"],
  ["SQLITE_IOERR_SHMSIZE", "store.full"],
  ["ENOSPC", "store.full"],
  ["EDQUOT", "store.full"],
  ["SQLITE_BUSY", "store.busy"],
  ["SQLITE_LOCKED", "store.busy"],
  ["SQLITE_CORRUPT", "store.corrupt"],
  ["SQLITE_NOTADB", "store.corrupt"],
  ["SQLITE_READONLY_DBMOVED", "store.failed"],
  ["SQLITE_READONLY", "home.unwritable"],
  ["SQLITE_CANTOPEN", "home.unwritable"],
  ["SQLITE_PERM", "home.unwritable"],
  ["EACCES", "home.unwritable"],
  ["EPERM", "home.unwritable"],
  ["EROFS", "home.unwritable"],
  ["ENOTDIR", "home.unwritable"],
  ["EEXIST", "home.unwritable"],
];

/**
 * A disk that fails, or whose space is given out late. Where SQLite hears of it
 * while it forces what was written to the disk, nobody knows what is there.
 */
const refusedByDisk = /^(?:SQLITE_IOERR(?!_NOMEM)|EIO$)/;

/**
 * The one place where an error of SQLite or of the file system becomes an
 * error of Omni. `where` is shown: a full path while opening, when a person
 * looks at it; the bare file name later, when it may travel over a wire.
 */
export function toStoreError(error: unknown, where: string): OmniError {
  if (isOmniError(error)) return error;
  const raw = toRawCode(error);
  const code = codes.find(([start]) => raw.startsWith(start))?.[1] ?? "store.failed";
  const isTransient = code === "store.full" || code === "store.busy";
  const message = refusedByDisk.test(raw) ? toDiskMessage(where) : toMessage(code, where);
  return new OmniError(code, `${message} (${raw === "" ? "unknown" : raw})`, { cause: error, retryable: isTransient });
}

function toRawCode(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "";
}

function toDiskMessage(where: string): string {
  return `The disk refuses to read or write ${where}; what was being written may or may not be kept. Look at the disk, and at the space and quota on it, and try again.`;
}

function toMessage(code: OmniErrorCode, where: string): string {
  switch (code) {
    case "store.full":
      return `There is no space left to write ${where}; nothing was written. Free some space and try again.`;
    case "store.busy":
      return `Another process keeps ${where} locked; try again in a moment.`;
    case "store.corrupt":
      return `The database ${where} is damaged or is no database; it was left as it is. Restore a backup, or move the file away to begin anew.`;
    case "home.unwritable":
      return `The database ${where} cannot be opened or written; check that its folder exists and that this user may write it.`;
    default:
      return `The database ${where} could not do what was asked; try again, and run \`omni doctor\` when it stays so.`;
  }
}
