import type { TurnRecord } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Call, GatewayParts, Route } from "../route.ts";
import { maySee } from "../auth.ts";
import { toEndedHandle, toEventStream, toLastEventId, wantsEvents } from "../sse.ts";
import { toJsonResponse } from "../responses.ts";
import { toTurnStatus, toTurnView } from "../turn-view.ts";

/** How long a cancel waits for the turn to stop, in milliseconds. */
const stopMs = 2_000;

/** Turns: how they stand, their events, and stopping them. */
export const turnRoutes: readonly Route[] = [
  { method: "GET", path: "/turns/:id", auth: "bearer", scopes: ["read"], handle: getTurn },
  { method: "POST", path: "/turns/:id/cancel", auth: "bearer", scopes: ["chat"], handle: cancelTurn },
];

async function getTurn(call: Call, gateway: GatewayParts): Promise<Response> {
  const record = await findTurn(call, gateway);
  const handle = gateway.runtime.follow(record.input.turnId) ?? (record.outcome === null ? undefined : toEndedHandle(record.outcome));
  if (wantsEvents(call.request) && handle !== undefined) return toEventStream(handle, { ...call, clock: gateway.clock, lastEventId: toLastEventId(call.request) });
  return toJsonResponse(toTurnView(record, gateway.runtime.asks(), call));
}

async function cancelTurn(call: Call, gateway: GatewayParts): Promise<Response> {
  const { runtime } = gateway;
  const before = await findTurn(call, gateway);
  const { turnId } = before.input;
  if (before.outcome === null && (await runtime.cancel(turnId))) await untilStopped(turnId, gateway);
  const after = (await runtime.turn(turnId)) ?? before;
  return toJsonResponse({ turn_id: turnId, status: toTurnStatus(after, runtime.asks()) });
}

async function untilStopped(turnId: string, { runtime, clock }: GatewayParts): Promise<void> {
  const stopped = runtime.follow(turnId)?.outcome.catch(() => undefined);
  const { promise, resolve } = Promise.withResolvers<void>();
  const callOff = clock.after(stopMs, resolve);
  await Promise.race([stopped, promise]);
  callOff();
}

/** Throws `turn.not-found` also for a turn that the principal may not see. */
async function findTurn(call: Call, { runtime }: GatewayParts): Promise<TurnRecord> {
  const turnId = call.param("id");
  const record = /^[\w.-]{1,64}$/.test(turnId) ? await runtime.turn(turnId) : undefined;
  if (record === undefined || !maySee(call.principal, record.input.sessionId)) throw new OmniError("turn.not-found", "There is no such turn.");
  return record;
}
