import type { Call, GatewayParts, Route, RouteParameter } from "../route.ts";
import { named, object, text } from "../schemas/schema.ts";
import { toEndedHandle } from "../turn-feed.ts";
import { toEventStream, toLastEventId, wantsEvents } from "../sse.ts";
import { toJsonResponse } from "../responses.ts";
import { findTurn, stopTurn } from "../find-turn.ts";
import { toTurnView } from "../turn-view.ts";

/** What a stream is resumed after. */
export const lastEventId: RouteParameter = { in: "header", name: "Last-Event-ID", about: "The stream goes on after the event with this id, ATTEMPT.N.", schema: text() };

/** Turns: how they stand, their events, and stopping them. */
export const turnRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/turns/:id",
    auth: "bearer",
    scopes: ["read"],
    about: "How a turn stands, or its stream",
    parameters: [lastEventId],
    answers: { 200: { about: "How it stands; with Accept: text/event-stream its events.", schema: named("Turn"), orElse: "text/event-stream" } },
    handle: getTurn,
  },
  {
    method: "POST",
    path: "/turns/:id/cancel",
    auth: "bearer",
    scopes: ["chat"],
    about: "Stops a turn",
    answers: { 200: { about: "How it stands, at most two seconds later.", schema: object({ turn_id: text(), status: text() }) } },
    handle: cancelTurn,
  },
];

async function getTurn(call: Call, gateway: GatewayParts): Promise<Response> {
  const record = await findTurn(call.param("id"), call.principal, gateway);
  const handle = gateway.runtime.follow(record.input.turnId) ?? (record.outcome === null ? undefined : toEndedHandle(record.outcome));
  if (wantsEvents(call.request) && handle !== undefined) return toEventStream(handle, { ...call, clock: gateway.clock, lastEventId: toLastEventId(call.request) });
  return toJsonResponse(toTurnView(record, gateway.runtime.asks(), call));
}

async function cancelTurn(call: Call, gateway: GatewayParts): Promise<Response> {
  return toJsonResponse(await stopTurn(call.param("id"), call.principal, gateway));
}
