/** Events of concurrent producers as one sequence for one consumer. */
export interface MergedQueue<T> extends AsyncIterable<T> {
  /** Resolves once the consumer has taken the event *and asked for the next*: it is done with this one. */
  readonly emit: (event: T) => Promise<void>;
  /** Ends the sequence after what is already in it. */
  close(): void;
  /** Ends the sequence with an error after what is already in it. */
  fail(error: unknown): void;
}

interface Entry<T> {
  readonly event: T;
  readonly taken: () => void;
  readonly dropped: (error: Error) => void;
}

/**
 * Makes a queue for one consumer. When it leaves early every producer that
 * waits is rejected, so nobody hangs. Its iterator is written out, for a turn
 * has a dozen events and a generator takes three promises for each.
 */
export function createMergedQueue<T>(): MergedQueue<T> {
  const entries: Entry<T>[] = [];
  /** What the consumer has and is not done with. */
  let current: Entry<T> | undefined;
  let asking: ((result: IteratorResult<T, undefined> | Promise<IteratorResult<T, undefined>>) => void) | undefined;
  let ended: { readonly error?: unknown } | undefined;
  let isAbandoned = false;

  const give = (entry: Entry<T>): IteratorResult<T, undefined> => {
    current = entry;
    return { done: false, value: entry.event };
  };
  const abandon = (): void => {
    isAbandoned = true;
    const left = [...(current === undefined ? [] : [current]), ...entries.splice(0)];
    current = undefined;
    for (const entry of left) entry.dropped(toUnread());
  };
  const finish = async (): Promise<IteratorResult<T, undefined>> => {
    const how = ended;
    ended = {};
    abandon();
    if (how !== undefined && "error" in how) throw how.error;
    return { done: true, value: undefined };
  };
  const end = (how: { readonly error?: unknown }): void => {
    ended ??= how;
    asking?.(finish());
    asking = undefined;
  };

  return {
    emit(event) {
      if (isAbandoned) return Promise.reject(toUnread());
      return new Promise((taken, dropped) => {
        const entry = { event, taken, dropped };
        if (asking === undefined) entries.push(entry);
        else asking(give(entry));
        asking = undefined;
      });
    },
    close: () => end({}),
    fail: (error) => end({ error }),
    [Symbol.asyncIterator]: () => ({
      next() {
        current?.taken();
        current = undefined;
        const entry = entries.shift();
        if (entry !== undefined) return Promise.resolve(give(entry));
        return ended === undefined ? new Promise((resolve) => (asking = resolve)) : finish();
      },
      async return() {
        abandon();
        return { done: true, value: undefined };
      },
    }),
  };
}

function toUnread(): Error {
  return new Error("nobody reads these events any more");
}
