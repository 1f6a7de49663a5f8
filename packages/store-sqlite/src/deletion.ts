import type { Store } from "@omni/core";
import type { StoreParts } from "./store-parts.ts";
import { isErasable } from "./erase.ts";

interface DeletionParts extends Pick<StoreParts, "database" | "folder"> {
  /** Erases a session and takes its bytes out of the files; false where there was nothing of it. */
  eraseAndScrub(sessionId: string, at: number): Promise<boolean>;
}

/** Deleting sessions. */
export function createDeletion({ database, folder, eraseAndScrub }: DeletionParts): Pick<Store, "deleteSession"> {
  return {
    async deleteSession(sessionId, at) {
      if (!isErasable(database, sessionId) || !(await eraseAndScrub(sessionId, at))) return false;
      // Copies made before an update of the tables hold the session too.
      for (const file of folder.backupFiles()) folder.remove(file);
      return true;
    },
  };
}
