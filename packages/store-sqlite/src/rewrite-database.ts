import { isOmniError } from "@omni/core";
import type { Database } from "./database.ts";

/**
 * Writes the database file anew, which takes out what lies in unused parts of
 * its pages. SQLite does so by way of a copy, and what is temporary lies in
 * memory else, where this would take as much as the whole database: here it is
 * a file, of this user alone and without a name from its first moment on. It
 * has what stays in the database, and nothing of what was erased.
 */
export function rewriteDatabase(database: Database): void {
  try {
    database.exec("PRAGMA temp_store = FILE");
    database.exec("VACUUM");
  } catch (error) {
    if (isOmniError(error) && error.code === "store.busy") throw error;
    // There may be no folder for that file, or no room in it: that the bytes are gone was promised.
    database.exec("PRAGMA temp_store = MEMORY");
    database.exec("VACUUM");
  } finally {
    database.exec("PRAGMA temp_store = MEMORY");
  }
}
