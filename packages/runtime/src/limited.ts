import type { Clock, OmniError } from "@omni/core";

/** How long work may take, and what stops it. */
export interface Limit {
  readonly clock: Clock;
  /** Stops it before its time is up. */
  readonly signal?: AbortSignal;
  readonly milliseconds: number;
  /** The reason it is stopped with when its time is up. */
  readonly late: () => OmniError;
}

/** Does work under a signal that is aborted when its time is up. What does not heed that is not ended by it. No timer is left behind. */
export async function limited<T>(work: (signal: AbortSignal) => Promise<T>, { clock, signal, milliseconds, late }: Limit): Promise<T> {
  const limit = new AbortController();
  const callOff = clock.after(milliseconds, () => limit.abort(late()));
  try {
    return await work(signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]));
  } finally {
    callOff();
  }
}
