import { basename } from "node:path";
import type { Host } from "@omni/core";
import type { Database, SqlConnection, SqlDriver } from "./database.ts";
import type { Migration } from "./migrations.ts";
import type { StateFolder } from "./state-folder.ts";
import { applicationId } from "./migrations.ts";
import { checkHeader, migrate, readHeader } from "./migrate.ts";
import { createDatabase } from "./database.ts";
import { freeId } from "./instances.ts";
import { toOrphanError } from "./state-folder.ts";
import { toStoreError } from "./store-error.ts";

/** What opening takes. */
export interface OpenParts {
  readonly driver: SqlDriver;
  readonly folder: StateFolder;
  readonly migrations: readonly Migration[];
  readonly busyTimeoutMs: number;
  readonly host: Pick<Host, "clock" | "random" | "log">;
}

/**
 * `synchronous = FULL`: in WAL mode anything less may lose a commit on power
 * loss. `secure_delete`: what is erased is overwritten. `trusted_schema` off:
 * a file that somebody planted cannot run functions from its schema. The log
 * is cut back to 16 MiB after a long text has gone through it.
 */
const settings = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA secure_delete = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA journal_size_limit = 16777216;
`;

/** The name of a copy while it is written, and of what SQLite keeps beside it, with the time when it was begun. */
const partialName = /^omni-v\d+-(\d+)-.+\.partial/;

/** Milliseconds after which nobody writes a copy any more that is not complete: who did was killed. */
const longestBackupMs = 24 * 3_600_000;

/** Opens the database, makes it where there is none, and brings its tables up to date. A file that cannot be used is left byte for byte as it is. */
export function openDatabase(parts: OpenParts): Database {
  const { folder } = parts;
  // The log is looked at first: a process that makes the database meanwhile writes its log after it.
  const hasLog = folder.size(`${folder.database}-wal`) > 0;
  if (!folder.exists(folder.database)) {
    if (hasLog) throw toOrphanError(folder.database);
    makeDatabase(parts);
  } else {
    // Where the file is empty, merely to open it takes the log away, which holds what is left.
    if (folder.size(folder.database) === 0) checkHeader({ applicationId: 0, version: 0 }, latestOf(parts.migrations), folder.database);
    probe(parts);
  }
  const connection = open(parts, folder.database);
  try {
    const database = createDatabase(connection, folder.database);
    database.exec(settings);
    update(database, parts);
    sweepBackups(parts);
    return createDatabase(connection, basename(folder.database));
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Makes the file under another name and gives it its own only when it is whole: a file of that name is never half made, so an empty one is damage. */
function makeDatabase(parts: OpenParts): void {
  const { folder, host, migrations } = parts;
  const file = freeId(
    () => `${folder.database}.new-${host.random.id()}`,
    (each) => !folder.make(each),
  );
  try {
    const connection = open(parts, file);
    const database = createDatabase(connection, file);
    try {
      database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA journal_mode = WAL; ${settings}`);
      migrate(database, migrations);
    } finally {
      database.close();
    }
    folder.publish(file, folder.database);
  } finally {
    folder.remove(file);
  }
}

/** Looks at the header through a connection that cannot write. Where even that is refused, opening for real says why. */
function probe(parts: OpenParts): void {
  const { folder, migrations } = parts;
  try {
    const connection = open(parts, folder.database, true);
    const database = createDatabase(connection, folder.database);
    try {
      checkHeader(readHeader(database), latestOf(migrations), folder.database);
    } finally {
      database.close();
    }
  } catch (error) {
    const { code } = toStoreError(error, folder.database);
    if (code === "store.corrupt" || code === "store.newer") throw error;
  }
}

function update(database: Database, parts: OpenParts): void {
  const { folder, migrations } = parts;
  const header = readHeader(database);
  checkHeader(header, latestOf(migrations), folder.database);
  if (database.get<{ journal_mode: string }>("PRAGMA journal_mode")?.journal_mode !== "wal") database.exec("PRAGMA journal_mode = WAL");
  if (header.version === latestOf(migrations)) return;
  const backup = writeBackup(database, header.version, parts);
  parts.host.log.info("the store's tables are brought up to date", { from: header.version, to: latestOf(migrations), backup });
  migrate(database, migrations);
}

/** Writes a whole copy of the database and gives it its name when it is complete. */
function writeBackup(database: Database, version: number, { folder, host }: OpenParts): string {
  const name = `${folder.backups}/omni-v${version}-${Math.trunc(host.clock.now())}-${host.random.id()}`;
  const file = freeId(
    () => `${name}-${host.random.id()}.partial`,
    (each) => !folder.make(each),
  );
  try {
    database.run("VACUUM INTO ?", file);
    folder.publish(file, `${name}.db`);
  } finally {
    folder.remove(file);
  }
  return `${name}.db`;
}

/** Removes what processes left that were killed while they wrote a copy. */
function sweepBackups({ folder, host }: OpenParts): void {
  for (const file of folder.backupFiles()) {
    const begun = partialName.exec(basename(file))?.[1];
    if (begun !== undefined && host.clock.now() - Number(begun) > longestBackupMs) folder.remove(file);
  }
}

function open({ driver, busyTimeoutMs }: OpenParts, path: string, readonly = false): SqlConnection {
  try {
    return driver.open(path, { readonly, timeoutMs: busyTimeoutMs });
  } catch (error) {
    throw toStoreError(error, path);
  }
}

function latestOf(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}
