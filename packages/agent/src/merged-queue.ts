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

/** Makes a queue. When the consumer leaves early every producer that waits is rejected, so nobody hangs. */
export function createMergedQueue<T>(): MergedQueue<T> {
  const entries: Entry<T>[] = [];
  let ended: { readonly error?: unknown } | undefined;
  let abandoned = false;
  let wake: () => void = () => undefined;

  const emit = (event: T): Promise<void> => {
    if (abandoned) return Promise.reject(new Error("nobody reads these events any more"));
    return new Promise((taken, dropped) => {
      entries.push({ event, taken, dropped });
      wake();
    });
  };

  async function* read(): AsyncGenerator<T, void, undefined> {
    let current: Entry<T> | undefined;
    try {
      for (;;) {
        current = entries.shift();
        if (current !== undefined) {
          yield current.event;
          current.taken();
          current = undefined;
        } else if (ended !== undefined) {
          if ("error" in ended) throw ended.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      abandoned = true;
      for (const entry of [...(current === undefined ? [] : [current]), ...entries.splice(0)]) entry.dropped(new Error("nobody reads these events any more"));
    }
  }

  const sequence = read();
  return {
    emit,
    close: () => {
      ended ??= {};
      wake();
    },
    fail: (error) => {
      ended ??= { error };
      wake();
    },
    [Symbol.asyncIterator]: () => sequence,
  };
}
