import type { TurnOutcome } from "@omni/core";
import type { OpenAsk, Runtime, TurnHandle } from "@omni/runtime";

/** What a request that waits for a turn came to. */
export type TurnWait =
  | { readonly kind: "ended"; readonly outcome: TurnOutcome }
  /** The turn waits for a person and may do so for long. */
  | { readonly kind: "waiting"; readonly asks: readonly OpenAsk[] }
  /** Another turn of the session waits for a person and may do so for long; this one has not begun. */
  | { readonly kind: "queued" }
  /** The client has gone; the turn goes on without it. */
  | { readonly kind: "left" };

/** Waits until the turn ends, it or one that it waits behind asks a person, or the client leaves. Rejects with what `handle.outcome` rejects with. */
export function waitForTurn(handle: TurnHandle, runtime: Pick<Runtime, "asks" | "onAsks">, signal: AbortSignal): Promise<TurnWait> {
  const { promise, resolve, reject } = Promise.withResolvers<TurnWait>();
  const look = (): void => {
    const open = runtime.asks().filter(({ sessionId }) => sessionId === handle.sessionId);
    const asks = open.filter(({ turnId }) => turnId === handle.turnId);
    if (asks.length > 0) resolve({ kind: "waiting", asks });
    // A session runs one turn at a time, so this one waits behind that which asks, or was taken in by it.
    else if (open.length > 0) resolve({ kind: "queued" });
  };
  const leave = (): void => resolve({ kind: "left" });
  const unsubscribe = runtime.onAsks(look);
  signal.addEventListener("abort", leave, { once: true });
  handle.outcome.then((outcome) => resolve({ kind: "ended", outcome }), reject);
  if (signal.aborted) leave();
  // A turn that has ended by now is not one that waits behind the next: its end is heard first.
  else queueMicrotask(look);
  return promise.finally(() => {
    unsubscribe();
    signal.removeEventListener("abort", leave);
  });
}
