import type { Principal, TurnRecord, TurnStatus } from "@omni/core";
import { OmniError } from "@omni/core";
import type { GatewayParts } from "./route.ts";
import { maySee } from "./auth.ts";
import { toTurnStatus } from "./turn-view.ts";

/** How long a cancel waits for the turn to stop, in milliseconds. */
const stopMs = 2_000;

/** A turn by its id. Throws `turn.not-found`, also for one that the principal may not see. */
export async function findTurn(turnId: string, principal: Principal, { runtime }: Pick<GatewayParts, "runtime">): Promise<TurnRecord> {
  const record = /^[\w.-]{1,64}$/.test(turnId) ? await runtime.turn(turnId) : undefined;
  if (record === undefined || !maySee(principal, record.input.sessionId)) throw new OmniError("turn.not-found", "There is no such turn.");
  return record;
}

/** Stops a turn; resolves with how it stands at most two seconds later. Throws `turn.not-found`. */
export async function stopTurn(given: string, principal: Principal, gateway: Pick<GatewayParts, "runtime" | "clock">): Promise<{ readonly turn_id: string; readonly status: TurnStatus }> {
  const { runtime } = gateway;
  const before = await findTurn(given, principal, gateway);
  const { turnId } = before.input;
  if (before.outcome === null) {
    // One whose end is being written is not stopped any more, and ends in a moment.
    await runtime.cancel(turnId);
    await untilStopped(turnId, gateway);
  }
  const after = (await runtime.turn(turnId)) ?? before;
  return { turn_id: turnId, status: toTurnStatus(after, runtime.asks()) };
}

async function untilStopped(turnId: string, { runtime, clock }: Pick<GatewayParts, "runtime" | "clock">): Promise<void> {
  const stopped = runtime.follow(turnId)?.outcome.catch(() => undefined);
  const { promise, resolve } = Promise.withResolvers<void>();
  const callOff = clock.after(stopMs, resolve);
  await Promise.race([stopped, promise]);
  callOff();
}
