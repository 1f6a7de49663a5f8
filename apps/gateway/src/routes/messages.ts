import type { TurnOutcome } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { TurnHandle } from "@omni/runtime";
import type { Call, GatewayParts, Route } from "../route.ts";
import { statusOfOutcome } from "../status-of-error.ts";
import { toAnswerView } from "../turn-view.ts";
import { toAskView } from "../ask-view.ts";
import { toEmptyResponse, toErrorResponse, toJsonResponse } from "../responses.ts";
import { toEventStream, toLastEventId, wantsEvents } from "../sse.ts";
import { lastEventId } from "./turns.ts";
import { named, text, word } from "../schemas/schema.ts";
import { submitOnce } from "../submit-once.ts";
import { toFlagParameter, toQuery } from "../query.ts";
import { toEnvelope, toIncomingMessage } from "../message-request.ts";
import { waitForTurn } from "../wait-for-turn.ts";

/** Messages in, answers out. */
export const messageRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/message",
    auth: "bearer",
    scopes: ["chat"],
    about: "A message in, an answer or a stream out",
    parameters: [
      { in: "query", name: "wait", about: "false answers as soon as the message is on disk, whatever Accept says.", schema: word(["true", "false"]) },
      { in: "header", name: "X-Session-Id", about: "The session, where the body names none.", schema: text() },
      { in: "header", name: "Idempotency-Key", about: "1 to 255 visible ASCII characters: the same message may then be sent again, and is taken once.", schema: text() },
      { ...lastEventId, about: `${lastEventId.about} It takes the Idempotency-Key of the message.` },
    ],
    body: named("Message"),
    answers: {
      200: { about: "How the turn ended; with Accept: text/event-stream its events.", schema: named("Answer"), orElse: "text/event-stream" },
      202: { about: "The message was taken; the turn goes on, waits for a person, or waits behind one that does.", schema: named("Queued") },
    },
    handle: postMessage,
  },
];

async function postMessage(call: Call, gateway: GatewayParts): Promise<Response> {
  const message = toIncomingMessage(await call.readBody(gateway.maxBodyBytes), toEnvelope(call.principal, call.request.headers));
  const waits = toFlagParameter(toQuery(call.request), "wait") ?? true;
  const seen = toLastEventId(call.request);
  // Without its key it would be a new message, and everything be done twice.
  if (seen !== undefined && message.idempotency === undefined) throw new OmniError("request.invalid", "Last-Event-ID goes on with a stream: send the Idempotency-Key of its message too, or follow GET /turns/:id.");
  const isStream = waits && wantsEvents(call.request);
  const isResumed = isStream && seen !== undefined;
  const { handle, ended } = await submitOnce(message, gateway, isResumed);
  if (handle.isRepeat && ended === undefined && !isResumed) return toInFlight(handle, call);
  if (isStream) return toEventStream(handle, { ...call, clock: gateway.clock, lastEventId: isResumed ? seen : undefined });
  if (ended !== undefined) return toAnswer(ended, call);
  if (handle.isCommand) return toAnswer(await handle.outcome, call);
  return waits ? waitForAnswer(handle, call, gateway) : toQueued(handle);
}

async function waitForAnswer(handle: TurnHandle, call: Call, { runtime }: GatewayParts): Promise<Response> {
  const { turnId: turn_id, sessionId: session_id } = handle;
  try {
    const wait = await waitForTurn(handle, runtime, call.request.signal);
    if (wait.kind === "ended") return toAnswer(wait.outcome, call);
    if (wait.kind === "waiting") return toJsonResponse({ turn_id, session_id, status: "waiting", asks: wait.asks.map(toAskView) }, 202);
    if (wait.kind === "queued") return toQueued(handle);
    return toEmptyResponse(499);
  } catch (error) {
    return toErrorResponse(toOmniError(error), { ...call, fields: { turn_id, session_id } });
  }
}

function toQueued({ turnId, sessionId }: TurnHandle): Response {
  return toJsonResponse({ turn_id: turnId, session_id: sessionId, status: "queued" }, 202);
}

function toAnswer(outcome: TurnOutcome, call: Call): Response {
  return toJsonResponse(toAnswerView(outcome, call.principal, call.requestId), statusOfOutcome(outcome));
}

function toInFlight({ turnId, sessionId }: TurnHandle, call: Call): Response {
  const error = new OmniError("request.conflict", `The message of this idempotency key is being worked on as turn ${turnId}; look at GET /turns/${turnId}, or try again when it has ended.`);
  return toErrorResponse(error, { ...call, fields: { turn_id: turnId, session_id: sessionId } });
}
