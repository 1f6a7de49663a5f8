import type { Clock } from "@omni/core";

/** A time limit that does not run while somebody is waited for. */
export interface Deadline {
  pause(): void;
  resume(): void;
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

  const run = (): void => {
    if (!Number.isFinite(left)) return;
    startedAt = clock.monotonic();
    callOff = clock.after(left, expired);
  };
  run();

  return {
    pause() {
      pauses += 1;
      if (pauses > 1 || stopped) return;
      callOff();
      left = Math.max(0, left - (clock.monotonic() - startedAt));
    },
    resume() {
      pauses = Math.max(0, pauses - 1);
      if (pauses === 0 && !stopped) run();
    },
    stop() {
      stopped = true;
      callOff();
    },
  };
}
