import type { Clock } from "@omni/core";

/** Time that work has to end by itself once its turn is stopped, milliseconds. */
const graceMs = 500;

/** A signal that is heeded by whoever waits for somebody else's part. */
export interface Stop {
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
export function createStop(signal: AbortSignal, clock: Clock): Stop {
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

/** Settles with the work of somebody else's part, or soon after a stop without it. */
export async function untilStopped<T>(work: T | Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  const stop = createStop(signal, clock);
  try {
    return await stop.orStopped(work);
  } finally {
    stop.dispose();
  }
}
