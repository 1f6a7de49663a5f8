import type { Clock } from "@omni/core";

/** Resolves when `work` does, or after `milliseconds`, whichever comes first; no timer is left behind. Rejects with what `work` rejects with first. */
export async function within(clock: Clock, milliseconds: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const callOff = clock.after(milliseconds, late.resolve);
  await Promise.race([work, late.promise]).finally(callOff);
}
