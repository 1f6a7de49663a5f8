import type { Clock } from "@omni/core";

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves time forward and runs what has become due, in order, letting promises settle in between. */
  advance(milliseconds: number): Promise<void>;
  /** How many timers wait. */
  readonly pending: number;
}

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly body: () => void;
}

/** Makes a manual clock that shows `start`, Unix milliseconds. */
export function createManualClock(start = 1_700_000_000_000): ManualClock {
  let elapsed = 0;
  let order = 0;
  const timers = new Set<Timer>();

  const after = (milliseconds: number, body: () => void): (() => void) => {
    const timer: Timer = { due: elapsed + Math.max(0, milliseconds), order: order++, body };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  const nextDue = (limit: number): Timer | undefined =>
    [...timers].filter((timer) => timer.due <= limit).sort((left, right) => left.due - right.due || left.order - right.order)[0];

  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    after,
    sleep(milliseconds, signal) {
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          callOff();
          reject(signal?.reason as Error);
        };
        const callOff = after(milliseconds, () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        });
        if (signal?.aborted === true) stop();
        else signal?.addEventListener("abort", stop, { once: true });
      });
    },
    async advance(milliseconds) {
      const target = elapsed + milliseconds;
      await settle();
      for (let timer = nextDue(target); timer !== undefined; timer = nextDue(target)) {
        timers.delete(timer);
        elapsed = timer.due;
        timer.body();
        await settle();
      }
      elapsed = target;
      await settle();
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Lets every promise that can settle do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
