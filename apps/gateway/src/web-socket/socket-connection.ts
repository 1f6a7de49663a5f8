import type { Principal, Scope } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { RawData, WebSocket } from "ws";
import type { ClientFrame, ServerFrame } from "./frames.ts";
import type { HubParts } from "./socket-hub.ts";
import type { RateLimit } from "../rate-limit.ts";
import type { TurnFollowing } from "./turn-following.ts";
import { answerAsk } from "../answer-ask.ts";
import { authorise } from "../auth.ts";
import { checkEventId } from "../sse.ts";
import { createRateLimit } from "../rate-limit.ts";
import { createTurnFollowing } from "./turn-following.ts";
import { findTurn, stopTurn } from "../find-turn.ts";
import { parseFrame } from "./frames.ts";
import { submitOnce } from "../submit-once.ts";
import { toEndedHandle } from "../turn-feed.ts";
import { toIncomingMessage } from "../message-request.ts";
import { toTextField } from "../request-body.ts";
import { toToldMessage } from "../told-message.ts";

/** Most characters of answers that may wait for a client to read them; one that asks on and does not read is dropped. Events do not count: they wait for their reader by themselves. */
const mostUnread = 262_144;

/** Bytes of a pong besides its data, what keeps it in memory included. */
const mostPongHead = 64;

/** Frames of one client that may wait for their turn; its connection is not read any further meanwhile. */
const mostQueued = 32;

/** How often one client may send a frame. */
const frameRate = { burst: 1_000, perSecond: 200, keys: 1 };

/** Whose socket it is. */
export interface SocketContext {
  readonly principal: Principal;
  readonly requestId: string;
  readonly gateway: HubParts;
}

/** One client of the frames that `docs/http.md` describes. */
export interface SocketConnection {
  /** Stops telling it anything. Idempotent. */
  close(): void;
}

/** What a frame's answer is made with. */
interface Serving extends SocketContext {
  readonly rate: RateLimit;
  readonly following: TurnFollowing;
  send(frame: ServerFrame): void;
}

/** What each frame takes; any one of them is enough. */
export const scopesOf: Readonly<Record<ClientFrame["type"], readonly Scope[]>> = { message: ["chat"], cancel: ["chat"], follow: ["read"], leave: [], answer: ["approve", "chat"], ping: [] };

/** Serves a socket: its frames are taken one after the other, so that messages keep their order; its turns are told side by side. */
export function createSocketConnection(socket: WebSocket, context: SocketContext): SocketConnection {
  const { principal } = context;
  let unread = 0;
  const answer = (length: number, write: (written: () => void) => void): void => {
    unread += length;
    if (unread > mostUnread) return socket.terminate();
    write(() => void (unread -= length));
  };
  const send = (frame: ServerFrame): void => {
    const text = JSON.stringify(frame);
    answer(text.length, (written) => socket.send(text, written));
  };
  // Made for the first frame: most sockets of a thousand say nothing for long.
  let serving: Serving | undefined;
  const serve = (data: RawData): Promise<void> => {
    serving ??= { ...context, following: createTurnFollowing(socket, context), rate: createRateLimit(context.gateway.clock, frameRate), send };
    return serveFrame(data, serving);
  };
  const close = (): void => serving?.following.close();
  let queue = Promise.resolve();
  let queued = 0;
  socket.on("error", () => undefined);
  socket.on("close", close);
  // The library's own answers to pings know no bound: whoever pings on and does not read would fill memory.
  socket.on("ping", (data) => answer(data.length + mostPongHead, (written) => socket.pong(data, false, written)));
  socket.on("message", (data, isBinary) => {
    if (isBinary) return socket.close(1003, "frames are text");
    queued += 1;
    if (queued === mostQueued) socket.pause();
    queue = queue.then(() => serve(data)).then(() => {
      queued -= 1;
      if (queued < mostQueued && socket.isPaused) socket.resume();
    });
  });
  send({ type: "hello", protocol: 1, principal: principal.id, scopes: principal.scopes });
  return { close };
}

/** Answers one frame. Never rejects: what is wrong is told. */
async function serveFrame(data: RawData, serving: Serving): Promise<void> {
  let id: string | undefined;
  try {
    const frame = parseFrame(data.toString(), (known) => (id = known));
    const wait = serving.rate.take("");
    if (wait > 0) throw new OmniError("request.too-many", "Too many frames on this socket.", { retryable: true, retryAfterMs: wait });
    authorise(serving.principal, { scopes: scopesOf[frame.type] });
    await handlers[frame.type](frame, serving);
  } catch (caught) {
    const { principal, requestId, gateway } = serving;
    const error = toOmniError(caught);
    const { code, retryAfterMs } = error;
    if (code === "internal") gateway.runtime.log.error("a frame broke", { requestId, message: caught instanceof Error ? (caught.stack ?? caught.message) : String(caught) });
    const told = { code, message: toToldMessage(error, principal), requestId, ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }) };
    serving.send({ type: "error", ...(id === undefined ? {} : { id }), error: told });
  }
}

type Handler = (frame: ClientFrame, serving: Serving) => Promise<void> | void;

const handlers: Readonly<Record<ClientFrame["type"], Handler>> = {
  async message(frame, { principal, gateway, following, send }) {
    const key = toTextField(frame.body, "idempotency_key");
    const seen = toLastEventId(frame);
    const message = toIncomingMessage(frame.body, { principal, ...(key === undefined ? {} : { key }) });
    following.checkPlace();
    const { handle } = await submitOnce(message, gateway, seen !== undefined && key !== undefined);
    const { turnId: turn_id, sessionId: session_id, isRepeat } = handle;
    send({ type: "accepted", ...toId(frame), turn_id, session_id, repeat: isRepeat });
    following.follow(handle, seen);
  },
  async follow(frame, { principal, gateway, following, send }) {
    const record = await findTurn(needText(frame, "turn_id"), principal, gateway);
    const { turnId, sessionId } = record.input;
    const handle = gateway.runtime.follow(turnId) ?? (record.outcome === null ? undefined : toEndedHandle(record.outcome));
    if (handle === undefined) throw new OmniError("turn.not-found", "The turn runs in another process and cannot be followed; look at GET /turns/:id.");
    const seen = toLastEventId(frame);
    following.checkPlace();
    send({ type: "accepted", ...toId(frame), turn_id: turnId, session_id: sessionId, repeat: true });
    following.follow(handle, seen);
  },
  leave(frame, { following, send }) {
    const turnId = needText(frame, "turn_id");
    following.leave(turnId);
    send({ type: "done", ...toId(frame), turn_id: turnId });
  },
  async cancel(frame, { principal, gateway, send }) {
    send({ type: "done", ...toId(frame), ...(await stopTurn(needText(frame, "turn_id"), principal, gateway)) });
  },
  async answer(frame, { principal, gateway, send }) {
    const { ask_id } = await answerAsk(needText(frame, "ask_id"), frame.body, { principal, runtime: gateway.runtime });
    send({ type: "done", ...toId(frame), ask_id });
  },
  ping: (frame, { send }) => send({ type: "pong", ...toId(frame) }),
};

function toId({ id }: ClientFrame): { readonly id?: string } {
  return id === undefined ? {} : { id };
}

function needText({ body }: ClientFrame, name: string): string {
  const value = toTextField(body, name);
  if (value === undefined) throw new OmniError("request.invalid", `The frame needs ${JSON.stringify(name)}, a string.`);
  return value;
}

function toLastEventId({ body }: ClientFrame): string | undefined {
  const given = toTextField(body, "last_event_id");
  return given === undefined ? undefined : checkEventId(given);
}
