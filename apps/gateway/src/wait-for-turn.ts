import type { TurnOutcome } from "@omni/core";
import type { OpenAsk, Runtime, TurnHandle } from "@omni/runtime";

/** What a request that waits for a turn came to. */
export type TurnWait =
  | { readonly kind: "ended"; readonly outcome: TurnOutcome }
  /** The turn waits for a person and may do so for long. */
  | { readonly kind: "waiting"; readonly asks: readonly OpenAsk[] }
  /** The client has gone; the turn goes on without it. */
  | { readonly kind: "left" };

/** Waits until the turn ends, asks a person, or the client leaves. Rejects with what `handle.outcome` rejects with. */
export function waitForTurn(handle: TurnHandle, runtime: Pick<Runtime, "asks" | "onAsks">, signal: AbortSignal): Promise<TurnWait> {
  const { promise, resolve, reject } = Promise.withResolvers<TurnWait>();
  const look = (): void => {
    const asks = runtime.asks().filter((open) => open.turnId === handle.turnId);
    if (asks.length > 0) resolve({ kind: "waiting", asks });
  };
  const leave = (): void => resolve({ kind: "left" });
  const unsubscribe = runtime.onAsks(look);
  signal.addEventListener("abort", leave, { once: true });
  handle.outcome.then((outcome) => resolve({ kind: "ended", outcome }), reject);
  if (signal.aborted) leave();
  else look();
  return promise.finally(() => {
    unsubscribe();
    signal.removeEventListener("abort", leave);
  });
}
