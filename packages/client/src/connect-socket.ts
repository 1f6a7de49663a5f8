import type { Scope, TurnStatus } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AskReply } from "./open-ask.ts";
import type { EventQueue } from "./event-queue.ts";
import type { CallOptions, ResumeOptions, SendOptions } from "./create-client.ts";
import type { MessageRequest } from "./message-request.ts";
import type { TurnEvents } from "./turn-events.ts";
import type { WireObject } from "./wire-object.ts";
import { createEventQueue } from "./event-queue.ts";
import { orAborted } from "./or-aborted.ts";
import { parseWireObject } from "./wire-object.ts";
import { toBaseUrl } from "./base-url.ts";
import { toFrameError } from "./gateway-error.ts";
import { toMessageFields } from "./message-request.ts";
import { toToken } from "./to-token.ts";
import { toTurnEvent } from "./turn-event.ts";
import { turnStatuses } from "./turn-state.ts";

/** Where the gateway is, at an address as `createClient` takes it or one of `ws:` or `wss:`, with the token that every socket needs. */
export interface SocketOptions {
  readonly url: string;
  readonly token: string;
}

/**
 * One WebSocket for any number of sessions. Messages to one session are taken
 * in order, all else at once; turns are told side by side. Every call throws an
 * `OmniError`: the gateway's own; `request.too-large` for a message larger than
 * the gateway takes; and once the connection is gone `auth.missing`, where the
 * token is no longer good, else `egress.failed`, `retryable`. The socket is
 * always read: of each turn at most 8,192 events, of 4,194,304 characters
 * together, wait for a program that reads slowly or not at all. The oldest text
 * and progress is dropped, which a `text-reset` of reason `lagged` tells, and
 * nothing else is: where that alone is too much the turn is left, and reading
 * it throws `egress.failed`, `retryable`, after what was kept. Follow it from
 * the last event then. What comes of one turn and cannot be read ends the
 * reading of that turn alone, with `egress.failed`.
 */
export interface SocketClient {
  /** Who the token stands for. */
  readonly principal: string;
  readonly scopes: readonly Scope[];
  /** Sends a message and reads its turn live; resolves when it is on disk. Under a key a second one joins the first. */
  stream(request: MessageRequest, options?: SendOptions & ResumeOptions): Promise<TurnEvents>;
  /** Reads a turn live, from the oldest event that is kept or after `lastEventId`. Throws `turn.not-found`. */
  follow(turnId: string, options?: CallOptions & ResumeOptions): Promise<TurnEvents>;
  /** Stops a turn; resolves with how it stands at most two seconds later. */
  cancel(turnId: string, options?: CallOptions): Promise<TurnStatus>;
  /** Answers an approval or a question. Throws `ask.not-found`, `ask.forbidden`. */
  answer(askId: string, reply: AskReply, options?: CallOptions): Promise<void>;
  /** Resolves with the close code when the connection is gone, however that came about. */
  readonly closed: Promise<number>;
  close(): void;
}

/** What came back for a frame, and the events that follow it where there are any. */
interface Taken {
  readonly wire: WireObject;
  readonly queue?: EventQueue;
}

/** Who waits for the answer to a frame; with an aborted signal nobody does any more, but the answer still comes. */
interface Asking extends Pick<PromiseWithResolvers<Taken>, "resolve" | "reject"> {
  readonly signal: AbortSignal | undefined;
}

/** What a connection keeps track of. */
interface Desk {
  readonly socket: WebSocket;
  readonly asked: Map<string, Asking>;
  readonly followed: Map<string, EventQueue>;
  /** Turns that the gateway tells of and nobody reads, until it is told so. */
  readonly unread: Set<string>;
  readonly hello: PromiseWithResolvers<WireObject>;
  /** Why the connection is gone. */
  lost?: OmniError;
}

/** Codes of a close after which the same fails again. */
const closeCodes = { forbidden: 1008, tooLarge: 1009 };

/** Id of every frame that leaves a turn, so that what is refused without an id is not taken for one of those. Nobody waits for its answer. */
const leaveId = "leave";

/**
 * Opens a WebSocket to the gateway, with the platform's own; in a browser only
 * to its own origin. Throws `egress.failed` where it cannot be reached or
 * refuses the token: the platform does not say which; and `request.invalid` for
 * an address or a token that none can have. The signal ends the connecting; an
 * open connection is closed by `close`.
 */
export async function connectSocket({ url, token }: SocketOptions, { signal }: CallOptions = {}): Promise<SocketClient> {
  const base = toBaseUrl(url, ["http:", "https:", "ws:", "wss:"]);
  const bearer = toToken(token);
  signal?.throwIfAborted();
  const desk: Desk = { socket: openSocket(base, bearer), asked: new Map(), followed: new Map(), unread: new Set(), hello: Promise.withResolvers() };
  const closed = watch(desk, base.origin);
  try {
    return createSocketClient(desk, await orAborted(desk.hello.promise, signal), closed);
  } catch (error) {
    desk.socket.close();
    throw error;
  }
}

function createSocketClient(desk: Desk, hello: WireObject, closed: Promise<number>): SocketClient {
  const ask = createAsking(desk, hello.optionalNumber("max_frame_bytes"));
  const open = async (frame: object, call: CallOptions): Promise<TurnEvents> => {
    const { wire, queue } = await ask(frame, call);
    if (queue === undefined) throw toGone("it answered without a turn");
    return { turnId: wire.text("turn_id"), [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](), close: async () => queue.leave() };
  };
  return {
    principal: hello.text("principal"),
    scopes: (["read", "chat", "approve", "admin"] as const).filter((scope) => hello.texts("scopes")?.includes(scope) === true),
    stream: (request, { lastEventId, idempotencyKey, ...call } = {}) => open({ type: "message", ...toMessageFields(request), last_event_id: lastEventId, idempotency_key: idempotencyKey }, call),
    follow: (turnId, { lastEventId, ...call } = {}) => open({ type: "follow", turn_id: turnId, last_event_id: lastEventId }, call),
    cancel: async (turnId, call = {}) => (await ask({ type: "cancel", turn_id: turnId }, call)).wire.word("status", turnStatuses),
    answer: async (askId, reply, call = {}) => void (await ask({ type: "answer", ask_id: askId, ...reply }, call)),
    closed,
    close: () => desk.socket.close(),
  };
}

function openSocket(base: URL, token: string): WebSocket {
  const target = new URL("ws", base);
  target.protocol = base.protocol === "https:" || base.protocol === "wss:" ? "wss:" : "ws:";
  try {
    return new WebSocket(target, ["omni.v1", `omni.bearer.${token}`]);
  } catch (cause) {
    throw new OmniError("request.invalid", "The platform opens no WebSocket with this address and token; give what `omni tokens add` printed.", { cause });
  }
}

/** Sends a frame under an id of its own and waits for what comes back under it. One with more bytes than the gateway takes is not sent: the connection would end with it. */
function createAsking(desk: Desk, mostBytes = Number.POSITIVE_INFINITY): (frame: object, call: CallOptions) => Promise<Taken> {
  const { socket, asked } = desk;
  let count = 0;
  return async (frame, { signal }) => {
    signal?.throwIfAborted();
    if (socket.readyState !== WebSocket.OPEN) throw desk.lost ?? toGone("the connection is closed");
    const id = String((count += 1));
    // The id comes first: the gateway names a frame that it refuses where it need not read far for that.
    const text = JSON.stringify({ id, ...frame });
    if (isLarger(text, mostBytes)) throw toTooLarge(`the message's frame is larger than the ${mostBytes} bytes that the gateway takes`);
    const { promise, resolve, reject } = Promise.withResolvers<Taken>();
    asked.set(id, { resolve, reject, signal });
    socket.send(text);
    const taken = await orAborted(promise, signal);
    signal?.throwIfAborted();
    return taken;
  };
}

/** True where the text has more bytes than this; three of them are the most that a character takes. */
function isLarger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes;
}

/** Takes what comes; resolves with the code it was closed with. */
function watch(desk: Desk, place: string): Promise<number> {
  const { socket, hello } = desk;
  /** `refusal` is what those are told who have no answer yet. */
  const fail = (error: OmniError, refusal = error): void => {
    desk.lost ??= error;
    hello.reject(refusal);
    for (const waiting of desk.asked.values()) waiting.reject(refusal);
    for (const queue of desk.followed.values()) queue.end(error);
    desk.asked.clear();
    desk.followed.clear();
  };
  hello.promise.catch(() => undefined);
  socket.addEventListener("message", ({ data }) => {
    try {
      const text = String(data);
      take(parseWireObject(text), desk, text.length);
    } catch (error) {
      fail(error instanceof OmniError ? error : toGone(String(error)));
      socket.close();
    }
  });
  return new Promise((resolve) => {
    socket.addEventListener("close", ({ code, reason }) => {
      const why = `${code}${reason === "" ? "" : `: ${reason}`}`;
      const gone = toGone(`the connection to ${place} was not taken, or has ended (${why})`);
      if (code === closeCodes.forbidden) fail(new OmniError("auth.missing", `The gateway at ${place} closed the WebSocket (${why}); connect again with a token that is good.`));
      else if (code === closeCodes.tooLarge) fail(gone, toTooLarge(`the gateway at ${place} closed the WebSocket because of the size of a message (${why})`));
      else fail(gone);
      resolve(code);
    });
  });
}

/** One frame of the gateway. One of a kind that is not known here, which a newer gateway may send, is passed over. */
function take(wire: WireObject, desk: Desk, characters: number): void {
  const type = wire.text("type");
  if (type === "hello") return desk.hello.resolve(wire);
  if (type === "event") return takeEvent(wire, desk, characters);
  if (type === "detached") return detach(wire.text("turn_id"), desk);
  const id = wire.optionalText("id") ?? (type === "error" ? toOnly(desk.asked) : undefined);
  const asking = id === undefined ? undefined : desk.asked.get(id);
  if (id === undefined || asking === undefined) return;
  desk.asked.delete(id);
  settle(asking, wire, desk);
  leaveUnread(desk);
}

/** Gives an answer to whoever waits for it. One that cannot be read is an error of that call alone. */
function settle({ resolve, reject, signal }: Asking, wire: WireObject, desk: Desk): void {
  try {
    const type = wire.text("type");
    if (type === "error") throw toFrameError(wire);
    // Its events come right after, maybe before whoever waits goes on.
    resolve(type === "accepted" ? { wire, queue: listen(wire.text("turn_id"), desk, signal) } : { wire });
  } catch (error) {
    reject(error);
  }
}

/** What an error is about that names nothing: the one thing that is waited for, where it is one. */
function toOnly(asked: Desk["asked"]): string | undefined {
  const [first] = asked.keys();
  return asked.size === 1 ? first : undefined;
}

/** What is told of a turn that nobody reads is passed over, whatever it is. */
function takeEvent(wire: WireObject, desk: Desk, characters: number): void {
  const turnId = wire.text("turn_id");
  const queue = desk.followed.get(turnId);
  if (queue === undefined) return;
  try {
    const event = toTurnEvent(wire.text("event"), wire.object("data"));
    if (event === undefined) return;
    queue.push({ id: wire.text("event_id"), event }, characters);
    if (event.type !== "turn-end") return;
    queue.end();
    desk.followed.delete(turnId);
  } catch (error) {
    queue.end(error);
    leave(turnId, desk);
  }
}

function detach(turnId: string, { followed }: Desk): void {
  followed.get(turnId)?.end(toGone("the gateway tells no more of a turn that has not ended; follow it from the last event"));
  followed.delete(turnId);
}

function listen(turnId: string, desk: Desk, signal: AbortSignal | undefined): EventQueue {
  const { followed, unread } = desk;
  followed.get(turnId)?.end(toGone("the turn is followed anew on this connection"));
  const queue = createEventQueue(() => {
    if (followed.get(turnId) === queue) leave(turnId, desk);
  }, signal);
  followed.set(turnId, queue);
  unread.delete(turnId);
  // Whoever asked for it gave up before it was taken.
  if (signal?.aborted === true) queue.leave();
  return queue;
}

/** Has the gateway tell no more of a turn. */
function leave(turnId: string, desk: Desk): void {
  desk.followed.delete(turnId);
  desk.unread.add(turnId);
  leaveUnread(desk);
}

/** Leaves the turns that nobody reads, but not while something is asked: that may be about one of them, and the gateway takes both in any order. */
function leaveUnread({ asked, unread, socket }: Desk): void {
  if (asked.size > 0) return;
  for (const turnId of unread) socket.send(JSON.stringify({ id: leaveId, type: "leave", turn_id: turnId }));
  unread.clear();
}

function toTooLarge(what: string): OmniError {
  return new OmniError("request.too-large", `The message was not taken: ${what}; send a shorter one.`);
}

function toGone(what: string): OmniError {
  return new OmniError("egress.failed", `The gateway's WebSocket broke: ${what}.`, { retryable: true });
}
