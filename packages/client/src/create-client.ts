import type { TurnStatus } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AskReply, OpenAsk } from "./open-ask.ts";
import type { GatewayRequest, GatewayResponse, Transport } from "./transport.ts";
import type { MessageRequest } from "./message-request.ts";
import type { SessionCalls } from "./session-calls.ts";
import type { TurnEvents } from "./turn-events.ts";
import type { TurnState } from "./turn-state.ts";
import type { WireObject } from "./wire-object.ts";
import { createFetchTransport } from "./fetch-transport.ts";
import { createNodeTransport, hasNodeHttp } from "./node-transport.ts";
import { createSessionCalls } from "./session-calls.ts";
import { parseWireObject } from "./wire-object.ts";
import { readTurnEvents } from "./turn-events.ts";
import { toMessageBody } from "./message-request.ts";
import { toOpenAsk } from "./open-ask.ts";
import { toResponseError } from "./gateway-error.ts";
import { toTurnState, turnStatuses } from "./turn-state.ts";

/** Where the gateway is: over the network with a token of `omni tokens add`, or on the socket of the home, whose owner needs none. */
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
 * code, words and `retryAfterMs` where it answered with an error, and
 * `egress.failed` (`retryable`) where it cannot be reached or the connection breaks.
 */
export interface Client extends SessionCalls {
  /** Sends a message and waits for the end of the turn, however long that takes and however it ended, or until it waits for a person. */
  message(request: MessageRequest, options?: SendOptions): Promise<TurnState>;
  /** Sends a message; resolves as soon as it is on disk. */
  submit(request: MessageRequest, options?: SendOptions): Promise<{ readonly turnId: string; readonly sessionId: string }>;
  /** Sends a message and reads its turn live; resolves when it was taken. To resume after a cut, send the same with the same key and the last event's id. */
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

/** Makes a client of a running gateway. Nothing is connected before the first call. */
export function createClient(options: ClientOptions): Client {
  return createClientOver("socketPath" in options || hasNodeHttp() ? createNodeTransport(options) : createFetchTransport(options.url, options.token));
}

/** Makes a client whose calls go this way. */
export function createClientOver(transport: Transport): Client {
  const { send, sendStream } = createSending(transport);
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
    message: async (request, call = {}) => toTurnState(await send(toMessageCall("/message", request, call), call)),
    async submit(request, call = {}) {
      const wire = await send(toMessageCall("/message?wait=false", request, call), call);
      return { turnId: wire.text("turn_id"), sessionId: wire.text("session_id") };
    },
    async stream(request, call = {}) {
      const response = await sendStream(toMessageCall("/message", request, call), call);
      if (!isEventStream(response)) throw await toUnexpected(response);
      return readTurnEvents(response);
    },
    turn: async (turnId, call = {}) => toTurnState(await send({ method: "GET", path: toTurnPath(turnId) }, call)),
    async follow(turnId, call = {}) {
      const response = await sendStream({ method: "GET", path: toTurnPath(turnId) }, call);
      if (isEventStream(response)) return readTurnEvents(response);
      if (response.status !== 200) throw await toUnexpected(response);
      await readText(response);
      return undefined;
    },
    cancel: async (turnId, call = {}) => (await send({ method: "POST", path: `${toTurnPath(turnId)}/cancel` }, call)).word("status", turnStatuses),
    asks: async (call = {}) => (await send({ method: "GET", path: "/asks" }, call)).objects("asks").map(toOpenAsk),
    answer: async (askId, reply, call = {}) => void (await send({ method: "POST", path: `/asks/${encodeURIComponent(askId)}`, body: JSON.stringify(reply) }, call)),
    ...createSessionCalls(send),
    isAlive: (call = {}) => probe("/healthz", call),
    isReady: (call = {}) => probe("/readyz", call),
    close: transport.close,
  };
}

/** A request without what every one has. */
type Sent = Pick<GatewayRequest, "method" | "path" | "body"> & { readonly headers?: GatewayRequest["headers"] };

/** Sending with one form of answers and errors. */
function createSending(transport: Transport): { send(sent: Sent, call: CallOptions): Promise<WireObject>; sendStream(sent: Sent, call: CallOptions & ResumeOptions): Promise<GatewayResponse> } {
  const post = ({ headers = {}, body, ...sent }: Sent, accept: string, { signal }: CallOptions): Promise<GatewayResponse> =>
    transport.send({
      ...sent,
      headers: { accept, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  return {
    async send(sent, call) {
      const response = await post(sent, "application/json", call);
      const text = await readText(response);
      // A turn that failed is told with a status of its own, but it is an answer all the same.
      if (response.status >= 400 && !isTurn(text)) throw toResponseError(response, text);
      return parseWireObject(text);
    },
    sendStream: ({ headers = {}, ...sent }, { lastEventId, ...call }) =>
      post({ ...sent, headers: { ...headers, ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) } }, "text/event-stream", call),
  };
}

function toMessageCall(path: string, request: MessageRequest, { idempotencyKey }: SendOptions): Sent {
  return { method: "POST", path, body: toMessageBody(request), headers: idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey } };
}

function toTurnPath(turnId: string): string {
  return `/turns/${encodeURIComponent(turnId)}`;
}

function isEventStream(response: GatewayResponse): boolean {
  return response.status === 200 && (response.header("content-type") ?? "").startsWith("text/event-stream");
}

function isTurn(text: string): boolean {
  try {
    return "status" in parseWireObject(text).raw;
  } catch {
    return false;
  }
}

async function toUnexpected(response: GatewayResponse): Promise<OmniError> {
  return toResponseError(response, await readText(response));
}

async function readText(response: GatewayResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body) text += decoder.decode(bytes, { stream: true });
  return text + decoder.decode();
}
