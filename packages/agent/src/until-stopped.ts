import type { Clock } from "@omni/core";

/** Time that work has to end by itself once its turn is stopped, milliseconds. */
const graceMs = 500;

/** A signal that is heeded by whoever waits for somebody else's part. */
interface Stop {
  /**
   * Settles with the work. When the signal is aborted and the work has not
   * ended soon after, it is left behind and this rejects with the signal's
   * reason: a part that does not heed a stop holds no turn up. One at a time.
   */
  orStopped<T>(work: T | Promise<T>): Promise<T>;
  /** Lets go of the signal. */
  dispose(): void;
}

/** Listens to a signal once, for any number of waits one after another. */
function createStop(signal: AbortSignal, clock: Clock): Stop {
  let callOff = (): void => undefined;
  let leave: ((reason: unknown) => void) | undefined;
  let isOver = false;
  const onAbort = (): void => {
    callOff = clock.after(graceMs, () => {
      isOver = true;
      leave?.(signal.reason);
    });
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return {
    orStopped: (work) =>
      new Promise((resolve, reject) => {
        leave = reject;
        if (isOver) reject(signal.reason as Error);
        Promise.resolve(work).then(resolve, reject);
      }),
    dispose() {
      signal.removeEventListener("abort", onAbort);
      callOff();
      leave = undefined;
    },
  };
}

/** Settles with the work of somebody else's part. Soon after a stop it is left behind, and this rejects with the signal's reason. */
export async function untilStopped<T>(work: T | Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  const stop = createStop(signal, clock);
  try {
    return await stop.orStopped(work);
  } finally {
    stop.dispose();
  }
}

/** The same events; ends with the signal's reason where who sends them does not heed it. */
export async function* stoppable<T>(stream: AsyncIterable<T>, signal: AbortSignal, clock: Clock): AsyncGenerator<T, void, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  const stop = createStop(signal, clock);
  let isOver = false;
  try {
    for (;;) {
      const next = await stop.orStopped(iterator.next());
      if (next.done === true) {
        isOver = true;
        return;
      }
      yield next.value;
    }
  } finally {
    stop.dispose();
    // Not waited for: a generator that hangs does not come to its end either.
    if (!isOver) void iterator.return?.().catch(() => undefined);
  }
}
