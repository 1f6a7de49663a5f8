import type { Store } from "@omni/core";
import type { Leftovers } from "./leftovers.ts";
import type { Scrub } from "./scrub.ts";
import type { StoreParts } from "./store-parts.ts";
import { isErasable } from "./erase.ts";

interface DeletionParts extends Pick<StoreParts, "database"> {
  readonly scrub: Pick<Scrub, "erase">;
  readonly leftovers: Pick<Leftovers, "takeOut">;
}

/** Deleting sessions. */
export function createDeletion({ database, scrub, leftovers }: DeletionParts): Pick<Store, "deleteSession"> {
  return {
    async deleteSession(sessionId, at) {
      if (isErasable(database, sessionId)) return scrub.erase(sessionId, at);
      // Who says it again may have seen the first time cut off.
      await leftovers.takeOut();
      return false;
    },
  };
}
