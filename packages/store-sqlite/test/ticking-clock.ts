import type { Clock } from "@omni/core";

/** The machine's time, for a process of a test that meets others. It keeps the process alive while somebody waits. */
export const tickingClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  after(milliseconds, body) {
    const timer = setTimeout(body, milliseconds);
    return () => clearTimeout(timer);
  },
};
