import type { Clock, OutboxRow, Store } from "@omni/core";

/** A read that takes longer than `longMs` is followed by a pause of so many times its length, and of a few seconds at most: a store may work on this thread, and has every row of an outage to pass over. */
const longMs = 10;
const pauseFactor = 20;
const longestPauseMs = 10_000;

/** What a reader works with. */
export interface ReaderParts {
  readonly name: string;
  readonly store: Pick<Store, "outbox">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Reads the rows of one channel, and takes no more than a small share of the time for it. */
export interface OutboxReader {
  /** Resolves when rows may be read again, at once unless the last read was long, or when reading has stopped. */
  ready(): Promise<void>;
  /** The next rows, so many at most, of all conversations but these. Rejects with `store.*`. */
  read(limit: number, leftOut: ReadonlySet<string>): Promise<readonly OutboxRow[]>;
}

/** Makes a reader that has read nothing. */
export function createOutboxReader({ name, store, clock, signal }: ReaderParts): OutboxReader {
  let readyAt = Number.NEGATIVE_INFINITY;
  return {
    async ready() {
      const wait = readyAt - clock.monotonic();
      if (wait > 0) await clock.sleep(wait, signal).catch(() => undefined);
    },
    async read(limit, leftOut) {
      const began = clock.monotonic();
      try {
        return await store.outbox(name, limit, [...leftOut]);
      } finally {
        const now = clock.monotonic();
        readyAt = now - began > longMs ? now + Math.min(longestPauseMs, (now - began) * pauseFactor) : now;
      }
    },
  };
}
