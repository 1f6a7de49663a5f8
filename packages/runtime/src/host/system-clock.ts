import type { Clock } from "@omni/core";

/** Longest time one timer can hold, milliseconds (2^31 - 1). */
const longestTimer = 2_147_483_647;

/** The machine's clock. Its timers do not keep the process alive. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after,
    sleep(milliseconds, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(toReason(signal));
          return;
        }
        const abort = (): void => {
          cancel();
          reject(toReason(signal));
        };
        const cancel = after(milliseconds, () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        });
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
  };
}

function toReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** A wait longer than one timer holds is made of several. */
function after(milliseconds: number, body: () => void): () => void {
  const due = performance.now() + milliseconds;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = due - performance.now();
    timer = left > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(body, Math.max(0, left));
    timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}
