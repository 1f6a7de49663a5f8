import type { Clock } from "@omni/core";
import type { Busy, Waiting } from "./commit-together.ts";

/** Milliseconds from the first try to the second, and then twice as many each time up to the longest: most transactions take a moment, and a long one is not asked for without end. */
const firstPauseMs = 1;
const longestPauseMs = 16;

/** How long, and how often, is tried what finds somebody else writing. */
export interface Patience {
  /** Refuses what has waited for too long, has `again` called in a moment for the others, and returns these. */
  wait(busy: Busy, again: () => void): Waiting[];
  /** Calls the next try off. */
  stop(): void;
  /** Nobody else writes; the next wait begins with a short pause. */
  renew(): void;
}

/** Has each write wait for `busyTimeoutMs` milliseconds at most, and holds nothing up meanwhile. */
export function createPatience(clock: Pick<Clock, "after" | "monotonic">, busyTimeoutMs: number): Patience {
  let pauseMs = firstPauseMs;
  let callOff = (): void => undefined;
  return {
    wait({ left, error }, again) {
      const now = clock.monotonic();
      const toRest = (each: Waiting): number => (each.since ??= now) + busyTimeoutMs - now;
      const patient = left.filter((each) => toRest(each) > 0);
      for (const each of left) if (toRest(each) <= 0) each.reject(error);
      if (patient.length > 0) {
        callOff = clock.after(Math.min(pauseMs, ...patient.slice(0, 1).map(toRest)), again);
        pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      }
      return patient;
    },
    stop: () => callOff(),
    renew() {
      pauseMs = firstPauseMs;
    },
  };
}
