import { hasActed } from "@omni/runtime";
import type { TurnOutcome } from "@omni/core";
import type { IncomingMessage, TurnHandle } from "@omni/runtime";
import type { GatewayParts } from "./route.ts";
import { toRetoldHandle } from "./turn-feed.ts";

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
 * and makes none. The ids of all attempts look alike, so the last event that
 * it saw is only taken for one of the turn that was the first under the key;
 * any other is told from its beginning.
 */
export async function submitOnce(message: IncomingMessage, gateway: Pick<GatewayParts, "runtime" | "metrics">, isResumed: boolean): Promise<Submitted> {
  const { runtime } = gateway;
  const { idempotency } = message;
  const first = await runtime.submit(message);
  let handle = first;
  // A command's answer is the same whenever it is given.
  const isKnown = (turn: TurnHandle): boolean => turn.isCommand || (turn === first && turn.isRepeat);
  const told = (turn: TurnHandle): TurnHandle => (!isResumed || isKnown(turn) ? turn : toRetoldHandle(turn));
  for (let retries = 0; idempotency !== undefined && handle.isRepeat; retries += 1) {
    const ended = (await runtime.turn(handle.turnId))?.outcome ?? undefined;
    if (ended === undefined) return { handle: told(handle) };
    if (ended.status !== "failed" || retries === mostRetries) return { handle: told(handle), ended };
    // A key from outside holds no space, so it can never be one of these.
    const again = { ...message, idempotency: { ...idempotency, key: `${idempotency.key} after ${handle.turnId}` } };
    const newer = isResumed ? await runtime.find(again) : (await hasActed(handle.turnId, runtime.store)) ? undefined : await runtime.submit(again);
    if (newer === undefined) return { handle: told(handle), ended };
    handle = newer;
  }
  if (!handle.isRepeat) countEnd(handle, gateway);
  return { handle: told(handle) };
}

/** Counts the turn once, by its end here. One that the store holds up is waited for again. */
function countEnd({ turnId, outcome }: TurnHandle, gateway: Pick<GatewayParts, "runtime" | "metrics">): void {
  const { runtime, metrics } = gateway;
  outcome.then(
    ({ status }) => metrics.turnEnded(status),
    () => {
      // Whoever was held up has another outcome to wait for; where there is none, nothing more comes of the turn in this process.
      const goesOn = runtime.follow(turnId);
      if (goesOn === undefined || goesOn.outcome === outcome) metrics.turnEnded("parked");
      else countEnd(goesOn, gateway);
    },
  );
}
