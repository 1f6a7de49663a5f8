import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { Waiting } from "./commit-together.ts";
import { commitTogether } from "./commit-together.ts";
import { createPatience } from "./patience.ts";

/** Most writes that are committed together, so that one commit holds the process for a moment only. */
const mostTogether = 256;

/** Writes that share their commit with others that come at the same time. */
export interface WriteGroup {
  /** Runs `body` in a transaction and resolves with its result once that is on the disk. `body` may be run again before that, and what a run that was undone had found does not count. */
  write<T>(body: () => T): Promise<T>;
  /** Like `write`, but a power cut soon after may undo it; see `TransactionManner`. */
  writeQuick<T>(body: () => T): Promise<T>;
  /** Writes what came before, runs `body`, and lets what comes meanwhile wait until it is through. Such a wait counts toward no timeout. */
  whileHeld<T>(body: () => Promise<T>): Promise<T>;
  /** Runs `body`, which makes a transaction of its own and waits for those of others by blocking, when the group is not held: at once where it is not. */
  apart<T>(body: () => T): Promise<T>;
  /** Resolves when all that came before is written or refused; what comes afterwards is refused with `store.failed`. */
  drain(): Promise<void>;
}

interface WriteGroupParts {
  readonly database: Database;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** How long a write waits for the transactions of others before it is refused with `store.busy`, in milliseconds. */
  readonly busyTimeoutMs: number;
  /** Runs its argument a turn or two of the event loop later. */
  defer(body: () => void): void;
}

/**
 * Forcing a commit to the disk takes as long for a hundred writes as for one,
 * and everything else in the process waits for it. So writes wait until what
 * came in together has asked for its own, a turn or two of the event loop
 * (`defer`), and go to the disk in one transaction, in the order they came.
 * SQLite itself waits for another's transaction by blocking, so here it waits
 * for none, and what found one under way is tried again by the clock.
 */
export function createWriteGroup({ database, clock, busyTimeoutMs, defer }: WriteGroupParts): WriteGroup {
  const patience = createPatience(clock, busyTimeoutMs);
  let waiting: Waiting[] = [];
  let holds = 0;
  let isEnding = false;
  /** Who wants to know when something has changed. */
  const listeners: (() => void)[] = [];
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise<void>((resolve) => listeners.push(resolve));
  };
  const flush = (): void => {
    if (holds > 0) return;
    patience.stop();
    for (let isBusy = false; waiting.length > 0 && !isBusy; ) {
      const busy = commitTogether(database, waiting.splice(0, mostTogether));
      isBusy = busy !== undefined;
      if (busy === undefined) patience.renew();
      else waiting = patience.wait({ ...busy, left: [...busy.left, ...waiting] }, flush);
    }
    for (const hear of listeners.splice(0)) hear();
  };
  const enqueue = <T>(isQuick: boolean, body: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (isEnding) throw new OmniError("store.failed", "The store is closed.");
      const run = (): (() => void) => {
        const value = body();
        return () => resolve(value);
      };
      waiting.push({ isQuick, since: undefined, run, reject });
      if (waiting.length === 1) defer(flush);
    });
  return {
    write: (body) => enqueue(false, body),
    writeQuick: (body) => enqueue(true, body),
    async whileHeld(body) {
      flush();
      holds += 1;
      try {
        return await body();
      } finally {
        holds -= 1;
        for (const each of waiting) each.since = undefined;
        flush();
      }
    },
    async apart(body) {
      if (holds > 0) await until(() => holds === 0);
      return body();
    },
    async drain() {
      isEnding = true;
      flush();
      await until(() => waiting.length === 0);
    },
  };
}
