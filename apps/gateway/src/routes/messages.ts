import type { TurnOutcome } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { IncomingMessage, Runtime, TurnHandle } from "@omni/runtime";
import type { Call, GatewayParts, Route } from "../route.ts";
import { readJsonBody } from "../request-body.ts";
import { statusOfOutcome } from "../status-of-error.ts";
import { toAnswerView } from "../turn-view.ts";
import { toAskView } from "../ask-view.ts";
import { toEmptyResponse, toErrorResponse, toJsonResponse } from "../responses.ts";
import { toEventStream, toLastEventId, wantsEvents } from "../sse.ts";
import { toIncomingMessage } from "../message-request.ts";
import { waitForTurn } from "../wait-for-turn.ts";

/** Most failed attempts under one idempotency key that are looked through for one to go on after. */
const mostRetries = 16;

/** Messages in, answers out. */
export const messageRoutes: readonly Route[] = [{ method: "POST", path: "/message", auth: "bearer", scopes: ["chat"], handle: postMessage }];

async function postMessage(call: Call, gateway: GatewayParts): Promise<Response> {
  const message = toIncomingMessage(await readJsonBody(call.request, gateway.maxBodyBytes), call);
  const lastEventId = wantsEvents(call.request) ? toLastEventId(call.request) : undefined;
  const isResumed = lastEventId !== undefined && message.idempotency !== undefined;
  const { handle, ended } = await submitOnce(message, gateway.runtime, isResumed);
  if (handle.isRepeat && ended === undefined && !isResumed) return toInFlight(handle, call);
  if (wantsEvents(call.request)) return toEventStream(handle, { ...call, clock: gateway.clock, lastEventId: isResumed ? lastEventId : undefined });
  if (ended !== undefined) return toAnswer(ended, call);
  if (handle.isCommand) return toAnswer(await handle.outcome, call);
  const { turnId: turn_id, sessionId: session_id } = handle;
  if (call.query.get("wait") === "false") return toJsonResponse({ turn_id, session_id, status: "queued" }, 202);
  return waitForAnswer(handle, call, gateway);
}

/**
 * Submits a message. Under an idempotency key a second one finds the turn of
 * the first; when that failed, a new attempt is made under a key that follows
 * from the failed turn, so that two clients that try again meet in one turn.
 */
async function submitOnce(message: IncomingMessage, runtime: Runtime, isResumed: boolean): Promise<{ readonly handle: TurnHandle; readonly ended?: TurnOutcome }> {
  const { idempotency } = message;
  let handle = await runtime.submit(message);
  if (idempotency === undefined) return { handle };
  for (let retries = 0; handle.isRepeat; retries += 1) {
    const ended = (await runtime.turn(handle.turnId))?.outcome ?? undefined;
    if (ended === undefined) return { handle };
    if (isResumed || ended.status !== "failed" || retries === mostRetries) return { handle, ended };
    // A key from outside holds no space, so it can never be one of these.
    handle = await runtime.submit({ ...message, idempotency: { ...idempotency, key: `${idempotency.key} after ${handle.turnId}` } });
  }
  return { handle };
}

async function waitForAnswer(handle: TurnHandle, call: Call, { runtime }: GatewayParts): Promise<Response> {
  const { turnId: turn_id, sessionId: session_id } = handle;
  try {
    const wait = await waitForTurn(handle, runtime, call.request.signal);
    if (wait.kind === "ended") return toAnswer(wait.outcome, call);
    if (wait.kind === "waiting") return toJsonResponse({ turn_id, session_id, status: "waiting", asks: wait.asks.map(toAskView) }, 202);
    return toEmptyResponse(499);
  } catch (error) {
    return toErrorResponse(toOmniError(error), { ...call, fields: { turn_id, session_id } });
  }
}

function toAnswer(outcome: TurnOutcome, call: Call): Response {
  return toJsonResponse(toAnswerView(outcome, call.principal, call.requestId), statusOfOutcome(outcome));
}

function toInFlight({ turnId, sessionId }: TurnHandle, call: Call): Response {
  const error = new OmniError("request.conflict", `The message of this idempotency key is being worked on as turn ${turnId}; look at GET /turns/${turnId}, or try again when it has ended.`);
  return toErrorResponse(error, { ...call, fields: { turn_id: turnId, session_id: sessionId } });
}
