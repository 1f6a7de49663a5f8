import { join } from "node:path";
import type { Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { DocumentCache } from "./document-cache.ts";
import type { Migration } from "./migrations.ts";
import type { StoreParts } from "./store-parts.ts";
import { findUnscrubbed, noteErased, scrubMarkNames, settleScrubbed } from "./scrub-mark.ts";
import { openDatabase } from "./open-database.ts";
import { openStateFolder } from "./state-folder.ts";
import { rewriteDatabase } from "./rewrite-database.ts";

/** Name of the database in a state folder, and of a copy in whatever folder. */
export const databaseName = "omni.db";

/** Tables of who is here now: they belong to the place and not to what is kept in it. */
const presentTables: ReadonlySet<string> = new Set(["instance", "lock"]);

interface CopyParts extends StoreParts {
  readonly migrations: readonly Migration[];
  readonly busyTimeoutMs: number;
  readonly documents: Pick<DocumentCache, "forgetAll">;
}

/** Copies of the whole store, and the way back. Both block for as long as reading or writing everything takes. */
export function createCopies(parts: CopyParts): Required<Pick<Store, "backup" | "restore">> {
  const { database, folder } = parts;
  return {
    // One reading transaction over all of it, which keeps no writer waiting and need not begin anew when somebody writes, as a copy page by page would. Pages without content, where erased bytes could be left, are not copied.
    async backup(target) {
      const file = join(target, databaseName);
      if (!folder.make(file)) throw new OmniError("store.failed", `${file} is there already; a copy needs a folder of its own.`);
      database.run("VACUUM INTO ?", file);
    },
    async restore(target) {
      const file = join(target, databaseName);
      if (!folder.exists(file)) throw new OmniError("store.failed", `There is no copy of a store in ${target}; nothing was changed.`);
      // Opened as a store is, so that one of an older version is brought up to date first, and a damaged or newer one is refused.
      openDatabase({ ...parts, folder: openStateFolder(file) }).close();
      await parts.checkpoints.whilePaused(() => {
        const isFirst = findUnscrubbed(database) === undefined;
        replaceAll(file, parts);
        parts.documents.forgetAll();
        scrub(parts, isFirst);
      });
    },
  };
}

/** In one transaction, the look at who lives included: whoever joins does so before it, and is seen, or after it, and finds what was restored. */
function replaceAll(file: string, { database, instances }: CopyParts): void {
  database.run("ATTACH DATABASE ? AS copy", file);
  // With them on, each row would be looked up for whoever refers to it; the copy is whole.
  database.exec("PRAGMA foreign_keys = OFF");
  try {
    database.transaction(() => {
      const alive = database.all<{ id: string; pid: number }>("SELECT id, pid FROM instance").find(({ id }) => instances.isAlive(id));
      if (alive !== undefined) throw new OmniError("home.held", `Another process (pid ${alive.pid}) uses this home; end it and try again. Nothing was changed.`);
      for (const table of tablesOf(database)) {
        // What is left in the files of this place no copy knows.
        const of = table === "counter" ? `WHERE name NOT IN ${scrubMarkNames}` : "";
        database.exec(`DELETE FROM main.${table} ${of}; INSERT INTO main.${table} SELECT * FROM copy.${table} ${of};`);
      }
      noteErased(database);
    });
  } finally {
    database.exec("PRAGMA foreign_keys = ON; DETACH DATABASE copy;");
  }
}

function tablesOf(database: Database): readonly string[] {
  const rows = database.all<{ name: string }>("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name");
  return rows.map(({ name }) => name).filter((name) => !presentTables.has(name));
}

/** Takes what was there before out of the file. It is replaced whether or not this can be done now; what cannot is done by the next opening, and so is all of it where `isFirst` is false: then more is to be done than this. */
function scrub({ database, host }: CopyParts, isFirst: boolean): void {
  try {
    const erased = findUnscrubbed(database);
    rewriteDatabase(database);
    const isEmptied = database.get<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)")?.busy !== 1;
    if (erased !== undefined && isFirst && isEmptied) settleScrubbed(database, erased);
  } catch (error) {
    host.log.warn("the store was restored, but its file was not rewritten", { message: error instanceof Error ? error.message : "" });
  }
}
