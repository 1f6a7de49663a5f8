import type { TurnStatus } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AskReply, OpenAsk } from "./open-ask.ts";
import type { GatewayResponse, Transport } from "./transport.ts";
import type { MessageRequest } from "./message-request.ts";
import type { Sending, Sent } from "./create-sending.ts";
import type { SessionCalls } from "./session-calls.ts";
import type { TurnEvents } from "./turn-events.ts";
import type { TurnState, UnfinishedTurn } from "./turn-state.ts";
import type { WireObject } from "./wire-object.ts";
import { checkVisible } from "./check-visible.ts";
import { createFetchTransport } from "./fetch-transport.ts";
import { createNodeTransport, hasNodeHttp } from "./node-transport.ts";
import { createSending, readText } from "./create-sending.ts";
import { createSessionCalls } from "./session-calls.ts";
import { readTurnEvents } from "./turn-events.ts";
import { toMessageBody } from "./message-request.ts";
import { toOpenAsks } from "./open-ask.ts";
import { toResponseError } from "./gateway-error.ts";
import { toTakenTurn } from "./taken-turn.ts";
import { toTurnState, turnStatuses } from "./turn-state.ts";

/** Where the gateway is: over the network, at an `http:` or `https:` address, with a token of `omni tokens add`; or on the socket of the home, whose owner needs none. */
export type ClientOptions = { readonly url: string; readonly token?: string } | { readonly socketPath: string };

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. What the gateway has taken goes on there. */
  readonly signal?: AbortSignal;
}

/** How a message is sent. */
export interface SendOptions extends CallOptions {
  /** 1 to 255 visible ASCII characters: with it the same message may be sent again, and is taken once. */
  readonly idempotencyKey?: string;
}

/** How a stream is resumed. */
export interface ResumeOptions {
  /** Id of the last event that was seen; the stream goes on after it. */
  readonly lastEventId?: string;
}

/**
 * The routes of a gateway. Every call throws an `OmniError`: the gateway's own
 * code, words and `retryAfterMs` where it answered with an error,
 * `egress.failed` (`retryable`) where it cannot be reached or the connection
 * breaks, and `request.invalid` for a key or an id that cannot be sent.
 */
export interface Client extends SessionCalls {
  /**
   * Sends a message and waits for the end of the turn, however long that takes
   * and however it ended. Resolves with a turn that has not ended where it, or
   * one that it waits behind, waits for a person, and where the message was
   * taken and the gateway waits no longer: it stops, its store is held up, or
   * the turn is under way for the same key. So after an error of the gateway's
   * own that is `retryable`, this call has taken nothing in.
   */
  message(request: MessageRequest, options?: SendOptions): Promise<TurnState>;
  /** Sends a message; resolves as soon as it is on disk, or was already under the same key. */
  submit(request: MessageRequest, options?: SendOptions): Promise<{ readonly turnId: string; readonly sessionId: string }>;
  /** Sends a message and reads its turn live; resolves when it was taken. To resume after a cut, send the same with the same key and the last event's id; without an id, a turn that is under way is read from its beginning, which a `text-reset` may come before. */
  stream(request: MessageRequest, options?: SendOptions & ResumeOptions): Promise<TurnEvents>;
  /** How a turn stands. */
  turn(turnId: string, options?: CallOptions): Promise<TurnState>;
  /** Reads a turn live, from the oldest event that is kept or after `lastEventId`; undefined where another process runs it, which cannot be followed. */
  follow(turnId: string, options?: CallOptions & ResumeOptions): Promise<TurnEvents | undefined>;
  /** Stops a turn; resolves with how it stands at most two seconds later. */
  cancel(turnId: string, options?: CallOptions): Promise<TurnStatus>;
  /** What turns wait for. */
  asks(options?: CallOptions): Promise<readonly OpenAsk[]>;
  /** Answers an approval or a question. Throws `ask.not-found`, `ask.forbidden`. */
  answer(askId: string, reply: AskReply, options?: CallOptions): Promise<void>;
  /** True while the process is alive; false where nothing answers. */
  isAlive(options?: CallOptions): Promise<boolean>;
  /** True while it takes messages; false where it starts or stops, or nothing answers. */
  isReady(options?: CallOptions): Promise<boolean>;
  /** Closes idle connections. What is still being read goes on, and its connection closes after it. */
  close(): void;
}

/** What no event has as its id: after it comes everything that the gateway keeps. */
const beforeAll = "0.0";

/** Makes a client of a running gateway. Nothing is connected before the first call. Throws `request.invalid` for an address or a token that none can have. */
export function createClient(options: ClientOptions): Client {
  return createClientOver("socketPath" in options || hasNodeHttp() ? createNodeTransport(options) : createFetchTransport(options.url, options.token));
}

/** Makes a client whose calls go this way. */
export function createClientOver(transport: Transport): Client {
  const sending = createSending(transport);
  const { send, sendMessage, sendStream } = sending;
  const probe = async (path: string, call: CallOptions): Promise<boolean> => {
    try {
      const response = await transport.send({ method: "GET", path, headers: {}, ...call });
      await readText(response);
      return response.status === 200;
    } catch (error) {
      if (call.signal?.aborted === true) throw error;
      return false;
    }
  };
  return {
    message: async (request, call = {}) => sendMessage(toMessageCall("/message", request, call), call, toTurnState),
    async submit(request, call = {}) {
      const { turnId, sessionId } = await sendMessage(toMessageCall("/message?wait=false", request, call), call, toTurnIds);
      return { turnId, sessionId };
    },
    stream: async (request, call = {}) => readTurnEvents(await openStream(toMessageCall("/message", request, call), call, sending)),
    turn: async (turnId, call = {}) => toTurnState(await send({ method: "GET", path: toTurnPath(turnId) }, call)),
    async follow(turnId, call = {}) {
      const response = await sendStream({ method: "GET", path: toTurnPath(turnId) }, call);
      if (isEventStream(response)) return readTurnEvents(response);
      if (response.status !== 200) throw await toUnexpected(response);
      await readText(response);
      return undefined;
    },
    cancel: async (turnId, call = {}) => (await send({ method: "POST", path: `${toTurnPath(turnId)}/cancel` }, call)).word("status", turnStatuses),
    asks: async (call = {}) => toOpenAsks((await send({ method: "GET", path: "/asks" }, call)).objects("asks")),
    answer: async (askId, reply, call = {}) => void (await send({ method: "POST", path: `/asks/${encodeURIComponent(askId)}`, body: JSON.stringify(reply) }, call)),
    ...createSessionCalls(send),
    isAlive: (call = {}) => probe("/healthz", call),
    isReady: (call = {}) => probe("/readyz", call),
    close: transport.close,
  };
}

function toMessageCall(path: string, request: MessageRequest, { idempotencyKey }: SendOptions): Sent {
  return { method: "POST", path, body: toMessageBody(request), headers: idempotencyKey === undefined ? {} : { "idempotency-key": checkVisible(idempotencyKey, "idempotency key") } };
}

function toTurnIds(wire: WireObject): Pick<UnfinishedTurn, "turnId" | "sessionId"> {
  return { turnId: wire.text("turn_id"), sessionId: wire.text("session_id") };
}

/** Sends a message and opens the stream of its turn; where that is under way for the same key, from its beginning. */
async function openStream(sent: Sent, call: SendOptions & ResumeOptions, { sendStream }: Pick<Sending, "sendStream">): Promise<GatewayResponse> {
  const response = await sendStream(sent, call);
  if (isEventStream(response)) return response;
  const text = await readText(response);
  if (call.idempotencyKey === undefined || toTakenTurn(response, text) === undefined) throw toResponseError(response, text);
  // By its key the turn is found with no other scope than a message takes, and nothing is taken in.
  const again = await sendStream(sent, { ...call, lastEventId: beforeAll });
  if (!isEventStream(again)) throw await toUnexpected(again);
  return again;
}

function toTurnPath(turnId: string): string {
  return `/turns/${encodeURIComponent(turnId)}`;
}

function isEventStream(response: GatewayResponse): boolean {
  return response.status === 200 && (response.header("content-type") ?? "").startsWith("text/event-stream");
}

async function toUnexpected(response: GatewayResponse): Promise<OmniError> {
  return toResponseError(response, await readText(response));
}
