import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync, statSync } from "node:fs";

/** Name of the database in a state folder, and of a copy in whatever folder. */
export const databaseName = "memory.db";

/**
 * The database's file beside its tables, which the vendor library opens: the
 * one place of this package that touches the file system itself. It must do
 * so synchronously, and the library has no way to ask for a file's mode.
 */
export interface DatabaseFile {
  readonly path: string;
  /** Bytes; undefined where there is no file. */
  size(): number | undefined;
  /** Makes an empty 0600 file, which SQLite fills, giving its log and index the same mode; false where there is one. */
  make(): boolean;
  /** Has `fill` fill an empty 0600 file beside it, and gives that the name when it is whole; another process may be faster. */
  makeWhole(fill: (path: string) => void): void;
  /** Bytes of a log whose database is gone or empty, 0 for none: merely to open the database would take it away. */
  orphanedLog(): number;
}

/** The file at an absolute path. */
export function toDatabaseFile(path: string): DatabaseFile {
  return {
    path,
    size: () => sizeOf(path),
    make: () => makeFile(path),
    makeWhole(fill) {
      const draft = makeDraft(path);
      try {
        fill(draft);
        publishFile(draft, path);
      } finally {
        rmSync(draft, { force: true });
      }
    },
    orphanedLog() {
      // The log is looked at first: a process that makes the database meanwhile writes its log after it.
      const log = sizeOf(`${path}-wal`) ?? 0;
      return (sizeOf(path) ?? 0) === 0 ? log : 0;
    },
  };
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

function makeFile(path: string): boolean {
  try {
    closeSync(openSync(path, "wx", 0o600));
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** The first name that is free: what a process left that was killed while it filled one is not touched, for nobody knows that it was. */
function makeDraft(path: string): string {
  for (let number = 1; ; number += 1) {
    const draft = `${path}.new-${number}`;
    if (makeFile(draft)) return draft;
  }
}

/** A name is given once. The folder is forced to the disk with the first commit, by SQLite, with the log that it makes there. */
function publishFile(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (existsSync(path)) return;
    // Some file systems have no links; there the check and the renaming are two steps.
    if (!isCode(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS")) throw error;
    renameSync(draft, path);
  }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.some((code) => code === error.code);
}
