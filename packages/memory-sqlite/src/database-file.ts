import { closeSync, openSync, statSync } from "node:fs";

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
  /** Makes an empty 0600 file where there is none: SQLite fills it, and gives its log and index the same mode. */
  make(): void;
  /** Bytes of a log whose database is gone or empty, 0 for none: merely to open the database would take it away. */
  orphanedLog(): number;
}

/** The file at an absolute path. */
export function toDatabaseFile(path: string): DatabaseFile {
  const sizeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.size;
  return {
    path,
    size: () => sizeOf(path),
    make() {
      try {
        closeSync(openSync(path, "wx", 0o600));
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      }
    },
    orphanedLog: () => ((sizeOf(path) ?? 0) === 0 ? (sizeOf(`${path}-wal`) ?? 0) : 0),
  };
}
