import { setTimeout as wait } from "node:timers/promises";

/** True where the outcome settles, either way, within so many milliseconds of real time. */
export function settlesWithin(outcome: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const controller = new AbortController();
  const settled = outcome.then(
    () => true,
    () => true,
  );
  const late = wait(milliseconds, false, { signal: controller.signal }).catch(() => false);
  return Promise.race([settled, late]).finally(() => controller.abort());
}
