import type { Clock } from "@omni/core";

/** True when the promise settles within `milliseconds`; the wait ends with it. */
export function settlesWithin(promise: Promise<unknown>, milliseconds: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const callOff = clock.after(milliseconds, () => resolve(false));
    const settled = (): void => {
      callOff();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
