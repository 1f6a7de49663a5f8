import type { Clock } from "@omni/core";

/** Time that work has to end by itself once its turn is stopped, milliseconds. */
const graceMs = 500;

/**
 * Settles with the work of somebody else's part. When the signal is aborted
 * and the work has not ended soon after, it is left behind and this rejects
 * with the signal's reason: a part that does not heed a stop holds no turn up.
 */
export function untilStopped<T>(work: T | Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let callOff = (): void => undefined;
    const onAbort = (): void => {
      callOff = clock.after(graceMs, () => reject(signal.reason));
    };
    const finish = (): void => {
      signal.removeEventListener("abort", onAbort);
      callOff();
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    Promise.resolve(work).then(resolve, reject).finally(finish);
  });
}
