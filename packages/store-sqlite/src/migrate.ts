import { OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { Migration } from "./migrations.ts";
import { applicationId } from "./migrations.ts";

/** What the header of a database says of it. */
export interface DatabaseHeader {
  readonly applicationId: number;
  readonly version: number;
}

/** Reads the header; throws `store.corrupt` where there is none. */
export function readHeader(database: Database): DatabaseHeader {
  const row = database.get<{ application: number; version: number }>("SELECT application_id AS application, user_version AS version FROM pragma_application_id, pragma_user_version");
  return { applicationId: row?.application ?? 0, version: row?.version ?? 0 };
}

/** Throws `store.corrupt` for what is no database of Omni, `store.newer` for one that a newer version wrote. */
export function checkHeader(header: DatabaseHeader, latest: number, path: string): void {
  if (header.applicationId !== applicationId || header.version < 1) {
    throw new OmniError("store.corrupt", `${path} is not a database of Omni; it was left as it is. Restore a backup, or move the file away to begin anew.`);
  }
  if (header.version > latest) {
    throw new OmniError("store.newer", `${path} was written by a newer Omni (tables version ${header.version}, this one knows ${latest}); it was left as it is. Use the newer Omni.`);
  }
}

/** Brings the tables to the latest version, each step in one transaction. Another process may do the same at the same time. */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  for (const { version, sql } of migrations) {
    database.transaction(() => {
      if (readHeader(database).version >= version) return;
      database.exec(sql);
      database.exec(`PRAGMA user_version = ${version}`);
    });
  }
}
