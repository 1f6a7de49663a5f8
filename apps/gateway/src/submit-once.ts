import { hasActed } from "@omni/runtime";
import type { TurnOutcome } from "@omni/core";
import type { IncomingMessage, TurnHandle } from "@omni/runtime";
import type { GatewayParts } from "./route.ts";

/** Most failed attempts under one idempotency key that are looked through for one to go on after. */
const mostRetries = 16;

/** What became of a message. */
export interface Submitted {
  readonly handle: TurnHandle;
  /** How the turn had ended before, when this is a repeat of a message that was answered. */
  readonly ended?: TurnOutcome;
}

/**
 * Submits a message. Under an idempotency key a second one finds the turn of
 * the first; when that failed before a call of it did more than read, a new
 * attempt is made under a key that follows from the failed turn, so that two
 * clients that try again meet in one turn. One that failed later is not run
 * again, for what it did would be done twice: its outcome names the calls. One
 * that only wants to read on (`isResumed`) finds the newest attempt there is,
 * and makes none.
 */
export async function submitOnce(message: IncomingMessage, gateway: Pick<GatewayParts, "runtime" | "metrics">, isResumed: boolean): Promise<Submitted> {
  const { runtime } = gateway;
  const { idempotency } = message;
  let handle = await runtime.submit(message);
  for (let retries = 0; idempotency !== undefined && handle.isRepeat; retries += 1) {
    const ended = (await runtime.turn(handle.turnId))?.outcome ?? undefined;
    if (ended === undefined) return { handle };
    if (ended.status !== "failed" || retries === mostRetries) return { handle, ended };
    // A key from outside holds no space, so it can never be one of these.
    const again = { ...message, idempotency: { ...idempotency, key: `${idempotency.key} after ${handle.turnId}` } };
    const newer = isResumed ? await runtime.find(again) : (await hasActed(handle.turnId, runtime.store)) ? undefined : await runtime.submit(again);
    if (newer === undefined) return { handle, ended };
    handle = newer;
  }
  if (!handle.isRepeat) countEnd(handle, gateway);
  return { handle };
}

function countEnd({ outcome }: TurnHandle, { metrics }: Pick<GatewayParts, "metrics">): void {
  outcome.then(
    ({ status }) => metrics.turnEnded(status),
    () => metrics.turnEnded("parked"),
  );
}
