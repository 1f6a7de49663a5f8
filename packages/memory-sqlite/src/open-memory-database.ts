import { OmniError } from "@omni/core";
import type { Database, SqlConnection, SqlDriver } from "./database.ts";
import type { DatabaseFile } from "./database-file.ts";
import type { Migration } from "./migrations.ts";
import { applicationId } from "./migrations.ts";
import { createDatabase } from "./database.ts";
import { toMemoryError } from "./memory-error.ts";

/** What opening takes. */
export interface OpenDatabaseParts {
  readonly driver: SqlDriver;
  readonly file: DatabaseFile;
  readonly migrations: readonly Migration[];
  readonly busyTimeoutMs: number;
}

/**
 * `synchronous = FULL`: in WAL mode anything less may lose a commit on power
 * loss. `secure_delete`: what is forgotten is overwritten. `trusted_schema`
 * off: a file that somebody planted cannot run functions from its schema.
 */
const settings = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA secure_delete = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -8192;
  PRAGMA journal_size_limit = 16777216;
`;

/** Opens the database, makes it where there is none, and brings its tables up to date. A file that cannot be used is left as it is. Throws `memory.failed`. */
export function openMemoryDatabase(parts: OpenDatabaseParts): Database {
  const { file } = parts;
  if (file.orphanedLog() > 0) {
    throw new OmniError("memory.failed", `The memory ${file.path} is gone or empty, but its log ${file.path}-wal is still there; nothing was changed. Put the database back, or move the log away to begin anew.`);
  }
  const size = file.size();
  if (size === 0) throw new OmniError("memory.failed", `The memory ${file.path} is empty: it lost what was in it. It was left as it is. Restore a copy, or move the file away to begin anew.`);
  if (size === undefined) makeDatabase(parts);
  const connection = connect(parts, file.path);
  try {
    const database = createDatabase(connection, file.path);
    update(database, parts);
    database.exec(settings);
    return database;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Makes the file under another name and gives it its own only when it is whole: a file of that name is never half made, so an empty one is damage. */
function makeDatabase(parts: OpenDatabaseParts): void {
  const fill = (path: string): void => {
    const database = createDatabase(connect(parts, path), path);
    try {
      database.exec("PRAGMA journal_mode = WAL");
      database.exec(settings);
      migrate(database, parts.migrations);
    } finally {
      database.close();
    }
  };
  try {
    parts.file.makeWhole(fill);
  } catch (error) {
    throw toMemoryError(error, parts.file.path);
  }
}

function connect({ driver, busyTimeoutMs }: OpenDatabaseParts, path: string): SqlConnection {
  try {
    return driver.open(path, { timeoutMs: busyTimeoutMs });
  } catch (error) {
    throw toMemoryError(error, path);
  }
}

interface Header {
  readonly application: number;
  readonly version: number;
}

function update(database: Database, { file, migrations }: OpenDatabaseParts): void {
  const latest = migrations.at(-1)?.version ?? 0;
  const header = readHeader(database);
  checkHeader(header, latest, file.path);
  if (database.get<{ journal_mode: string }>("PRAGMA journal_mode")?.journal_mode !== "wal") database.exec("PRAGMA journal_mode = WAL");
  if (header.version < latest) migrate(database, migrations);
}

function migrate(database: Database, migrations: readonly Migration[]): void {
  for (const { version: next, sql } of migrations) {
    // Another process may do the same at the same time; who comes second finds it done.
    database.transaction(() => {
      if (readHeader(database).version >= next) return;
      database.exec(`${sql}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${next};`);
    });
  }
}

function readHeader(database: Database): Header {
  return database.get<Header>("SELECT application_id AS application, user_version AS version FROM pragma_application_id, pragma_user_version") ?? { application: 0, version: 0 };
}

function checkHeader(header: Header, latest: number, path: string): void {
  if (header.application !== applicationId || header.version < 1) {
    throw new OmniError("memory.failed", `${path} is not a memory of Omni; it was left as it is. Restore a copy, or move the file away to begin anew.`);
  }
  if (header.version > latest) {
    throw new OmniError("memory.failed", `${path} was written by a newer Omni (tables version ${header.version}, this one knows ${latest}); it was left as it is. Use the newer Omni.`);
  }
}
