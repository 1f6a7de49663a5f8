/** Things that come at the pace of one side and are read at that of the other. Iterate it once. */
export interface EventQueue<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** Nothing comes any more; with an error the reader is told, after what came before. The first end counts. */
  end(error?: Error): void;
  /** The reader wants no more, also where it has not begun. */
  leave(): void;
}

/** Makes an empty queue; `left` is called when the reader leaves before the end. */
export function createEventQueue<T>(left: () => void): EventQueue<T> {
  const waiting: T[] = [];
  let ending: { readonly error?: Error } | undefined;
  let wake = (): void => undefined;
  const leave = (): void => {
    if (ending !== undefined) return;
    ending = {};
    waiting.length = 0;
    left();
    wake();
  };
  async function* read(): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else if (ending?.error !== undefined) throw ending.error;
        else if (ending !== undefined) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      leave();
    }
  }
  return {
    push(item) {
      if (ending === undefined) waiting.push(item);
      wake();
    },
    end(error) {
      ending ??= error === undefined ? {} : { error };
      wake();
    },
    leave,
    [Symbol.asyncIterator]: read,
  };
}
