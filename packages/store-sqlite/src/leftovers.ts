import type { Store } from "@omni/core";
import type { StoreParts } from "./store-parts.ts";
import { findUnscrubbed } from "./scrub-mark.ts";

/** What erasures have left in the files: those that were cut off before all was taken out, or found no room for it. */
export interface Leftovers {
  /** Has them taken out in a while, where there are any. Never throws. */
  begin(): void;
  /** Takes them out, where there are any and no other process does so at this moment. Never rejects: what cannot be taken out stays noted, and the log says so. */
  takeOut(): Promise<void>;
  /** Begins with nothing any more, and resolves when nothing is under way. Never rejects. */
  end(): Promise<void>;
}

interface LeftoverParts extends Pick<StoreParts, "database" | "host"> {
  readonly lock: Store["lock"];
  /** Takes out what is noted. */
  scrub(): Promise<void>;
}

/** Milliseconds from opening to taking out: writes wait meanwhile, so what a process begins with comes first. One that is over sooner leaves it to another. */
const waitMs = 5_000;

/** Of processes that open the store at the same time the one that has this lock does it. */
const lockName = "scrub";

/** Looks at what is noted in the database. */
export function createLeftovers({ database, host, lock, scrub }: LeftoverParts): Leftovers {
  let callOff = (): void => undefined;
  let underWay: Promise<void> | undefined;
  let isEnded = false;
  const tryOut = async (): Promise<void> => {
    if (findUnscrubbed(database) === undefined) return;
    const taken = await lock(lockName, null);
    if (!taken.held) return;
    try {
      if (!isEnded) await scrub();
    } finally {
      await taken.release();
    }
  };
  const tryOrWarn = async (): Promise<void> => {
    try {
      await tryOut();
    } catch (error) {
      host.log.warn("what was erased may still be in the store's files; it is taken out another time", { message: error instanceof Error ? error.message : String(error) });
    } finally {
      underWay = undefined;
    }
  };
  const takeOut = (): Promise<void> => (underWay ??= tryOrWarn());
  return {
    begin() {
      if (hasSome(database)) callOff = host.clock.after(waitMs, () => void takeOut());
    },
    takeOut,
    async end() {
      isEnded = true;
      callOff();
      await underWay;
    },
  };
}

/** Where the file is damaged, whoever asks it for something is told. */
function hasSome(database: LeftoverParts["database"]): boolean {
  try {
    return findUnscrubbed(database) !== undefined;
  } catch {
    return false;
  }
}
