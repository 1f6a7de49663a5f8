import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";

/** The time a fetch has, its body included. */
export interface EgressDeadline {
  /** Aborts when the time is up or the caller gives up. */
  readonly signal: AbortSignal;
  /** Why it was aborted, undefined while it was not. */
  reason(): unknown;
  /** Calls the timer off: the fetch is over. */
  clear(): void;
}

/** A deadline of `timeoutMs` (none for no bound), joined with the caller's own signal. */
export function createEgressDeadline(clock: Clock, timeoutMs: number | undefined, outer: AbortSignal | undefined): EgressDeadline {
  const controller = new AbortController();
  const abort = (): void => controller.abort(outer?.reason);
  const cancel =
    timeoutMs === undefined
      ? () => undefined
      : clock.after(timeoutMs, () => controller.abort(new OmniError("egress.timeout", `The fetch took longer than ${timeoutMs} ms and was given up.`, { retryable: true })));
  if (outer?.aborted === true) abort();
  else outer?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    reason: () => (controller.signal.aborted ? controller.signal.reason : undefined),
    clear() {
      cancel();
      outer?.removeEventListener("abort", abort);
    },
  };
}
