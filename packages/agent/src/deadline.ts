import type { Clock } from "@omni/core";

/** A time limit that does not run while somebody is waited for. */
export interface Deadline {
  pause(): void;
  resume(): void;
  /** Until `release` somebody else's time runs, however long: it is added to what is left. Costs no timer, and does not nest. */
  hold(): void;
  release(): void;
  /** Calls it off. Idempotent. */
  stop(): void;
}

/** Calls `expired` once `milliseconds` of unpaused time have passed. Pauses nest. */
export function createDeadline(clock: Clock, milliseconds: number, expired: () => void): Deadline {
  let left = milliseconds;
  let pauses = 0;
  let stopped = false;
  let startedAt = clock.monotonic();
  let callOff: () => void = () => undefined;
  let heldSince: number | undefined;
  /** Held time that is still to be added. */
  let owed = 0;
  /** It ran out while it was held. */
  let isDue = false;

  const run = (): void => {
    if (!Number.isFinite(left)) return;
    startedAt = clock.monotonic();
    callOff = clock.after(left, runOut);
  };
  const runOut = (): void => {
    isDue = heldSince !== undefined;
    if (isDue) return;
    left += owed - (clock.monotonic() - startedAt);
    owed = 0;
    if (left > 0) run();
    else expired();
  };
  run();

  return {
    pause() {
      pauses += 1;
      if (pauses > 1 || stopped) return;
      callOff();
      isDue = false;
      left = Math.max(0, left + owed - (clock.monotonic() - startedAt));
      owed = 0;
    },
    resume() {
      pauses = Math.max(0, pauses - 1);
      if (pauses === 0 && !stopped) run();
    },
    hold() {
      heldSince = clock.monotonic();
    },
    release() {
      if (heldSince === undefined) return;
      owed += clock.monotonic() - heldSince;
      heldSince = undefined;
      if (isDue && !stopped) runOut();
    },
    stop() {
      stopped = true;
      callOff();
    },
  };
}
