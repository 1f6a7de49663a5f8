import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { OmniError } from "@omni/core";
import { toStoreError } from "./store-error.ts";

/**
 * The files of the store beside the tables: the one place that touches the
 * file system directly. Lock files and the database are never opened here:
 * closing any descriptor of a file drops every lock that the process has on it.
 */
export interface StateFolder {
  readonly path: string;
  readonly database: string;
  readonly backups: string;
  /** Path of a lock file; two names never share one. */
  lockFile(kind: "instance" | "named", name: string): string;
  /** Paths of the lock files of instances. */
  instanceFiles(): readonly string[];
  exists(path: string): boolean;
  /** Bytes, 0 for what does not exist. */
  size(path: string): number;
  /** Makes an empty 0600 file; false when there is one. */
  make(path: string): boolean;
  /** Gives a whole file its name; false when another process was faster. The name is durable afterwards. */
  publish(path: string, name: string): boolean;
  restrict(path: string): void;
  remove(path: string): void;
  /** Paths of the copies made before an update of the tables, of the unfinished too, and of what lies beside them. */
  backupFiles(): readonly string[];
}

const fileMode = 0o600;
const folderMode = 0o700;

/** Opens the folder of a database, making what is missing of it. */
export function openStateFolder(database: string): StateFolder {
  const path = dirname(database);
  const instances = join(path, "instances");
  const backups = join(path, "backups");
  const attempt = <T>(body: () => T): T => {
    try {
      return body();
    } catch (error) {
      throw toStoreError(error, database);
    }
  };
  attempt(() => mkdirSync(instances, { recursive: true, mode: folderMode }));
  const list = (folder: string, end: string): readonly string[] =>
    attempt(() => (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith(end)).map(({ name }) => join(folder, name)) : []));
  return {
    path,
    database,
    backups,
    lockFile: (kind, name) => join(kind === "instance" ? instances : path, `${toFileName(name)}.lock`),
    instanceFiles: () => list(instances, ".lock"),
    exists: existsSync,
    size: (file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0,
    make: (file) => attempt(() => makeFile(file)),
    publish: (file, name) => attempt(() => publishFile(file, name)),
    restrict: (file) => attempt(() => chmodSync(file, fileMode)),
    remove: (file) => attempt(() => rmSync(file, { force: true })),
    backupFiles: () => list(backups, ""),
  };
}

function toFileName(name: string): string {
  return /^[A-Z0-9]{20,64}$|^[a-z0-9-]{1,19}$/.test(name) ? name : `_${process.getBuiltinModule("node:crypto").createHash("sha256").update(JSON.stringify(name)).digest("hex")}`;
}

function makeFile(file: string): boolean {
  mkdirSync(dirname(file), { recursive: true, mode: folderMode });
  try {
    closeSync(openSync(file, "wx", fileMode));
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

function publishFile(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    rmSync(file, { force: true });
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    if (existsSync(name)) return false;
    // Some file systems have no links; there the check and the renaming are two steps.
    if (!isCode(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS")) throw error;
    renameSync(file, name);
  }
  syncFolder(dirname(name));
  return true;
}

/** Makes new names in a folder survive power loss, where the system can open folders. */
function syncFolder(folder: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(folder, "r");
  } catch (error) {
    if (isCode(error, "EISDIR", "EPERM", "EACCES")) return;
    throw error;
  }
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!isCode(error, "EPERM", "EINVAL")) throw error;
  } finally {
    closeSync(descriptor);
  }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.some((code) => code === error.code);
}

/** What to say when only the log of a database is left. */
export function toOrphanError(database: string): OmniError {
  return new OmniError("store.corrupt", `The database ${database} is gone but its log ${basename(database)}-wal is still there; nothing was changed. Put the database back, or move the log away to begin anew.`);
}
