import type { TurnOutcome } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { IncomingMessage } from "@omni/runtime";
import { toSessionId, toSha256 } from "@omni/runtime";
import type { Call, GatewayParts, Route } from "../route.ts";
import type { ChatRequest } from "../openai/chat-request.ts";
import { agentModel, toChatRequest } from "../openai/chat-request.ts";
import { chatCompletionSchema, chatRequestSchema, modelSchema } from "../openai/chat-schemas.ts";
import { checkKey } from "../message-request.ts";
import { isCallOrCommand } from "../openai/is-call-or-command.ts";
import { list, object, text, word } from "../schemas/schema.ts";
import { statusOfOutcome } from "../status-of-error.ts";
import { submitOnce } from "../submit-once.ts";
import { toAnswerView } from "../turn-view.ts";
import { toChatCompletion, toChunkEncoding } from "../openai/chat-completion.ts";
import { toErrorResponse, toJsonResponse } from "../responses.ts";
import { toEventStream } from "../sse.ts";
import { toNamedSession } from "../openai/chat-session.ts";
import { toTold } from "../openai/chat-message.ts";

/** Milliseconds that the model's endpoint has to name its default. */
const patienceMs = 2_000;

/** The agent as a model of the OpenAI protocol. */
export const chatCompletionRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/chat/completions",
    auth: "bearer",
    scopes: ["chat"],
    about: "The agent as a model, for any OpenAI client",
    parameters: [
      { in: "header", name: "X-Session-Id", about: "The session, as for POST /message; it goes before the user of the body.", schema: text() },
      { in: "header", name: "Idempotency-Key", about: "As for POST /message; a second request joins the first.", schema: text() },
    ],
    body: chatRequestSchema,
    answers: { 200: { about: "The answer; with stream its chunks, as server-sent events that end with [DONE].", schema: chatCompletionSchema, orElse: "text/event-stream" } },
    handle: postChat,
  },
  { method: "GET", path: "/v1/models", auth: "bearer", scopes: ["read", "chat"], about: "The names a chat completion takes as model", answers: { 200: { about: "The agent first.", schema: object({ object: word(["list"]), data: list(modelSchema) }) } }, handle: listModels },
  { method: "GET", path: "/v1/models/:id", takesRest: true, auth: "bearer", scopes: ["read", "chat"], about: "One of them; an id may hold slashes", answers: { 200: { about: "It.", schema: modelSchema } }, handle: getModel },
];

async function postChat(call: Call, gateway: GatewayParts): Promise<Response> {
  const chat = toChatRequest(await call.readBody(gateway.maxBodyBytes));
  const { handle, ended } = await submitOnce(await toMessage(chat, call, gateway), gateway, false);
  const { turnId, sessionId } = handle;
  const head = { turnId, model: chat.model, at: gateway.clock.now() };
  let response: Response;
  if (chat.isStream) {
    const encoding = toChunkEncoding(head, { ...call, includesUsage: chat.includesUsage });
    response = toEventStream(handle, { ...call, clock: gateway.clock, lastEventId: undefined }, encoding);
  } else {
    try {
      const outcome = ended ?? (await handle.outcome);
      response = outcome.status === "failed" ? toFailure(outcome, call) : toJsonResponse(toChatCompletion(outcome, head));
    } catch (error) {
      // The message was taken, and its turn goes on: sent again by itself it would be another one.
      response = toErrorResponse(toOmniError(error), { ...call, fields: { turn_id: turnId, session_id: sessionId } });
      response.headers.set("x-should-retry", "false");
    }
  }
  response.headers.set("x-turn-id", turnId);
  if (/^[\x20-\x7e]*$/.test(sessionId)) response.headers.set("x-session-id", sessionId);
  return response;
}

/** A turn that failed has ended: the client is told not to send it again by itself, which would be another turn. */
function toFailure(outcome: TurnOutcome, { principal, requestId }: Call): Response {
  const { error } = toAnswerView(outcome, principal, requestId);
  const response = toJsonResponse({ error, turn_id: outcome.turnId, session_id: outcome.sessionId }, statusOfOutcome(outcome));
  response.headers.set("x-should-retry", "false");
  return response;
}

/** Nobody can be asked over this protocol, so every ask of the turn is answered no. */
async function toMessage(chat: ChatRequest, call: Call, { runtime }: GatewayParts): Promise<IncomingMessage> {
  const { principal, requestId, request } = call;
  const key = request.headers.get("idempotency-key");
  const named = toNamedSession(chat.user, request.headers);
  // A conversation of its own; under a key always the same one, so that the second request finds the first.
  const own = key === null ? requestId : toSha256(`${principal.id} ${checkKey(key)}`).slice(0, 32);
  const sessionId = named ?? toSessionId(`chat-${own}`, "http");
  const isNew = named === undefined || (await runtime.store.session(sessionId)) === undefined;
  const isCall = await isCallOrCommand(chat.messages.at(-1)?.text ?? "", runtime);
  return {
    sessionId,
    ...toTold(chat, { isNew, isCall }),
    principal,
    origin: "http",
    interactive: false,
    ...(chat.model === agentModel ? {} : { model: chat.model }),
    ...(key === null ? {} : { idempotency: { key: `chat ${key}`, bodyHash: toSha256(JSON.stringify([sessionId, chat.model, chat.messages])) } }),
  };
}

async function listModels(call: Call, gateway: GatewayParts): Promise<Response> {
  return toJsonResponse({ object: "list", data: (await modelNames(call, gateway)).map(toModel) });
}

async function getModel(call: Call, gateway: GatewayParts): Promise<Response> {
  const id = call.param("id");
  if (!(await modelNames(call, gateway)).includes(id)) throw new OmniError("request.not-found", "There is no such model.");
  return toJsonResponse(toModel(id));
}

/** The agent, and the model that stands behind it where that can be told. */
async function modelNames({ request }: Call, { runtime, clock }: GatewayParts): Promise<readonly string[]> {
  const late = new AbortController();
  const callOff = clock.after(patienceMs, () => late.abort());
  const own = await runtime.defaultModel(AbortSignal.any([late.signal, request.signal])).catch(() => undefined);
  callOff();
  return [agentModel, ...(own === undefined || own.id === agentModel ? [] : [own.id])];
}

function toModel(id: string): object {
  return { id, object: "model", created: 0, owned_by: "omni" };
}
