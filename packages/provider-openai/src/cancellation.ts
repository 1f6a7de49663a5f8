import { isOmniError, OmniError } from "@omni/core";

/** The error of a signal that was aborted: its own reason where that is an error of Omni. */
export function toCancelled(signal: AbortSignal): OmniError {
  return isOmniError(signal.reason) ? signal.reason : new OmniError("turn.cancelled", "The model call was cancelled.");
}

/** The promise's outcome, or `toCancelled` as soon as the signal is aborted, whether or not the promise heeds it. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const unlink = onAbort([signal], () => reject(toCancelled(signal)));
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    unlink();
  }
}

/** Calls `body` when the first of the signals is aborted, at once where one is; returns how to call it off, so that long-lived signals collect no listeners. */
export function onAbort(signals: readonly AbortSignal[], body: (signal: AbortSignal) => void): () => void {
  const unlinks = signals.map((signal) => {
    const listener = (): void => body(signal);
    signal.addEventListener("abort", listener, { once: true });
    return (): void => signal.removeEventListener("abort", listener);
  });
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) body(aborted);
  return () => {
    for (const unlink of unlinks) unlink();
  };
}
