import type { Database } from "./database.ts";

/** Most writes that are committed together, so that one commit holds the process for a moment only. */
const mostTogether = 256;

/** Writes that share their commit with others that come at the same time. */
export interface WriteGroup {
  /** Runs `body` in a transaction and resolves with its result once that is on the disk. `body` may be run again before that, and what a run that was undone had found does not count. */
  write<T>(body: () => T): Promise<T>;
  /** Like `write`, but a power cut soon after may undo it; see `Database.quickTransaction`. */
  writeQuick<T>(body: () => T): Promise<T>;
  /** Commits what waits now. */
  flush(): void;
}

interface Waiting {
  readonly isQuick: boolean;
  /** Writes, and returns what tells the caller so. */
  run(): () => void;
  reject(error: unknown): void;
}

/**
 * Forcing a commit to the disk takes as long for a hundred writes as for one,
 * and everything else in the process waits for it. So writes wait until what
 * came in together has asked for its own, a turn or two of the event loop
 * (`defer`), and go to the disk in one transaction, in the order they came.
 */
export function createWriteGroup(database: Database, defer: (body: () => void) => void): WriteGroup {
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const writes = waiting;
    waiting = [];
    for (let start = 0; start < writes.length; start += mostTogether) commit(database, writes.slice(start, start + mostTogether));
  };
  const enqueue = <T>(isQuick: boolean, body: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const run = (): (() => void) => {
        const value = body();
        return () => resolve(value);
      };
      waiting.push({ isQuick, run, reject });
      if (waiting.length === 1) defer(flush);
    });
  return {
    write: (body) => enqueue(false, body),
    writeQuick: (body) => enqueue(true, body),
    flush,
  };
}

/** Commits all of them. One that fails is told so and undoes nothing of the others, which are written without it; where the commit itself fails, all are told. */
function commit(database: Database, writes: readonly Waiting[]): void {
  let left = writes;
  while (left.length > 0) {
    let failed: Waiting | undefined;
    const writeAll = (): readonly (() => void)[] =>
      left.map((each) => {
        failed = each;
        const tell = each.run();
        failed = undefined;
        return tell;
      });
    try {
      const tells = left.every((each) => each.isQuick) ? database.quickTransaction(writeAll) : database.transaction(writeAll);
      for (const tell of tells) tell();
      return;
    } catch (error) {
      for (const each of left) if (failed === undefined || each === failed) each.reject(error);
      left = failed === undefined ? [] : left.filter((each) => each !== failed);
    }
  }
}
