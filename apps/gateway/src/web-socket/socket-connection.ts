import type { Principal, Scope } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { IncomingMessage } from "@omni/runtime";
import { toToldMessage } from "@omni/runtime";
import type { RawData, WebSocket } from "ws";
import type { ClientFrame, ServerFrame } from "./frames.ts";
import type { FrameIntake } from "./frame-intake.ts";
import type { FrameLanes } from "./frame-lanes.ts";
import type { HubParts } from "./socket-hub.ts";
import type { IntakeShare } from "./intake-room.ts";
import type { RateLimit } from "../rate-limit.ts";
import type { TurnFollowing } from "./turn-following.ts";
import { answerAsk } from "../answer-ask.ts";
import { authorise } from "../auth.ts";
import { checkEventId } from "../sse.ts";
import { createFrameIntake } from "./frame-intake.ts";
import { createFrameLanes } from "./frame-lanes.ts";
import { createRateLimit } from "../rate-limit.ts";
import { createTurnFollowing } from "./turn-following.ts";
import { findTurn, stopTurn } from "../find-turn.ts";
import { findFrameId } from "./find-frame-id.ts";
import { parseFrame } from "./frames.ts";
import { submitOnce } from "../submit-once.ts";
import { toEndedHandle } from "../turn-feed.ts";
import { toIncomingMessage } from "../message-request.ts";
import { toTextField } from "../request-body.ts";

/** Most bytes of answers that may wait for a client to read them; one that asks on and does not read is dropped. Events do not count: they wait for their reader by themselves. */
const mostUnread = 262_144;

/** Bytes of a pong besides its data, what keeps it in memory included. */
const mostPongHead = 64;

/** How long a client has to answer a close before its connection is dropped, in milliseconds. */
const closeMs = 1_000;

/** How often one client may send a frame. */
const frameRate = { burst: 1_000, perSecond: 200, keys: 1 };

/** Whose socket it is. */
export interface SocketContext {
  readonly principal: Principal;
  readonly requestId: string;
  readonly gateway: HubParts;
  /** Holds what the client sends until it is served. */
  readonly share: IntakeShare;
  /** Whether the token it was opened with is good still; always for the owner. Rejects where that cannot be read. */
  isGood(): Promise<boolean>;
}

/** One client of the frames that `docs/http.md` describes. */
export interface SocketConnection {
  /** Closes it for a reason. No frame is served any more, whether it comes or waits, and nothing is told; a client that does not answer within a second is dropped. Idempotent. */
  end(code: number, reason?: string): void;
  /** The same without a word, at once. */
  drop(): void;
}

/** What a frame's answer is made with. */
interface Serving extends SocketContext {
  readonly rate: RateLimit;
  readonly following: TurnFollowing;
  readonly lanes: FrameLanes;
  /** Serves a frame whose time has come, unless the client has been shut out meanwhile. */
  admit(serve: Plan["serve"]): Promise<void>;
  send(frame: ServerFrame): void;
}

/** What is to be done for a frame that is as it should be. */
interface Plan {
  /** Those of one lane are served in the order they came; without one a frame waits for no other. */
  readonly lane?: string;
  serve(): Promise<void> | void;
}

/** What each frame takes; any one of them is enough. */
export const scopesOf: Readonly<Record<ClientFrame["type"], readonly Scope[]>> = { message: ["chat"], cancel: ["chat"], follow: ["read"], leave: [], answer: ["approve", "chat"], ping: [] };

/** Serves a socket: messages of one session are taken one after the other, so that they keep their order; everything else at once. Its turns are told side by side. */
export function createSocketConnection(socket: WebSocket, context: SocketContext): SocketConnection {
  const { principal, gateway } = context;
  const { clock } = gateway;
  let unread = 0;
  let isOver = false;
  let following: TurnFollowing | undefined;
  let intake: FrameIntake | undefined;
  const stop = (): void => {
    if (isOver) return;
    isOver = true;
    following?.close();
    intake?.close();
    context.share.close();
    socket.once("close", clock.after(closeMs, () => socket.terminate()));
  };
  const end = (code: number, reason?: string): void => {
    stop();
    socket.close(code, reason);
  };
  const drop = (): void => {
    stop();
    socket.terminate();
  };
  const answer = (length: number, write: (written: () => void) => void): void => {
    unread += length;
    if (unread > mostUnread) return drop();
    write(() => void (unread -= length));
  };
  const send = (frame: ServerFrame): void => {
    const text = JSON.stringify(frame);
    answer(Buffer.byteLength(text), (written) => socket.send(text, written));
  };
  const admit = async (serve: Plan["serve"]): Promise<void> => {
    // What a client sent before it left is served, but nobody looks at its token any more.
    const isWelcome = socket.readyState === socket.OPEN || (!isOver && (await context.isGood()));
    if (isWelcome && !isOver) await serve();
  };
  // Made for the first frame: most sockets of a thousand say nothing for long.
  const open = (): FrameIntake => {
    following = createTurnFollowing(socket, context);
    const serving: Serving = { ...context, following, lanes: createFrameLanes(), rate: createRateLimit(clock, frameRate), admit, send };
    return createFrameIntake(socket, context.share, (data) => serveFrame(data, serving));
  };
  // The library has closed it by then, and said why.
  socket.on("error", stop);
  socket.on("close", () => following?.close());
  // The library's own answers to pings know no bound: whoever pings on and does not read would fill memory.
  socket.on("ping", (data) => answer(data.length + mostPongHead, (written) => socket.pong(data, false, written)));
  socket.on("message", (data, isBinary) => {
    // The library goes on reading until the client answers the close.
    if (isOver) return;
    if (isBinary) return end(1003, "frames are text");
    (intake ??= open()).take(data);
  });
  send({ type: "hello", protocol: 1, principal: principal.id, scopes: principal.scopes, max_frame_bytes: gateway.maxBodyBytes });
  return { end, drop };
}

/** Answers one frame. Never rejects: what is wrong is told. */
async function serveFrame(data: RawData, serving: Serving): Promise<void> {
  let id: string | undefined;
  try {
    const wait = serving.rate.take("");
    if (wait > 0) {
      id = findFrameId(data);
      throw new OmniError("request.too-many", "Too many frames on this socket.", { retryable: true, retryAfterMs: wait });
    }
    const frame = parseFrame(data.toString(), (known) => (id = known));
    authorise(serving.principal, { scopes: scopesOf[frame.type] });
    const { lane, serve } = plans[frame.type](frame, serving);
    await serving.lanes.run(lane, () => serving.admit(serve));
  } catch (caught) {
    const { principal, requestId, gateway } = serving;
    const error = toOmniError(caught);
    const { code, retryAfterMs } = error;
    if (code === "internal") gateway.runtime.log.error("a frame broke", { requestId, message: caught instanceof Error ? (caught.stack ?? caught.message) : String(caught) });
    const told = { code, message: toToldMessage(error, principal), requestId, ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }) };
    serving.send({ type: "error", ...(id === undefined ? {} : { id }), error: told });
  }
}

/** Reads a frame. Throws what is wrong with it. */
type Planner = (frame: ClientFrame, serving: Serving) => Plan;

const plans: Readonly<Record<ClientFrame["type"], Planner>> = {
  message(frame, { principal, gateway, following, send }) {
    const key = toTextField(frame.body, "idempotency_key");
    const lastEventId = toLastEventId(frame);
    // Without its key it would be a new message, and everything be done twice.
    if (lastEventId !== undefined && key === undefined) throw new OmniError("request.invalid", '"last_event_id" goes on with a turn: send the "idempotency_key" of its message too, or follow it by its "turn_id".');
    const message = toIncomingMessage(frame.body, { principal, ...(key === undefined ? {} : { key }) });
    const serve = async (): Promise<void> => {
      // One that joins a turn that is followed needs no place of its own.
      const joined = following.isFull && key !== undefined ? await gateway.runtime.find(message) : undefined;
      const giveBack = following.reserve({ turnId: joined?.turnId, isPressing: isPressing(message) });
      try {
        const { handle } = await submitOnce(message, gateway, lastEventId !== undefined);
        const { turnId: turn_id, sessionId: session_id, isRepeat } = handle;
        send({ type: "accepted", ...toId(frame), turn_id, session_id, repeat: isRepeat });
        following.follow(handle, lastEventId);
      } finally {
        giveBack();
      }
    };
    return { lane: `session ${message.sessionId}`, serve };
  },
  follow(frame, { principal, gateway, following, send }) {
    const given = needText(frame, "turn_id");
    const seen = toLastEventId(frame);
    const serve = async (): Promise<void> => {
      const record = await findTurn(given, principal, gateway);
      const { turnId, sessionId } = record.input;
      const handle = gateway.runtime.follow(turnId) ?? (record.outcome === null ? undefined : toEndedHandle(record.outcome));
      if (handle === undefined) throw new OmniError("turn.not-found", "The turn runs in another process and cannot be followed; look at GET /turns/:id.");
      const giveBack = following.reserve({ turnId });
      send({ type: "accepted", ...toId(frame), turn_id: turnId, session_id: sessionId, repeat: true });
      following.follow(handle, seen);
      giveBack();
    };
    return { lane: toTurnLane(given), serve };
  },
  leave(frame, { following, send }) {
    const turn_id = needText(frame, "turn_id");
    const serve = (): void => {
      following.leave(turn_id);
      send({ type: "done", ...toId(frame), turn_id });
    };
    return { lane: toTurnLane(turn_id), serve };
  },
  cancel(frame, { principal, gateway, send }) {
    const turnId = needText(frame, "turn_id");
    return { serve: async () => send({ type: "done", ...toId(frame), ...(await stopTurn(turnId, principal, gateway)) }) };
  },
  answer(frame, { principal, gateway, send }) {
    const askId = needText(frame, "ask_id");
    const serve = async (): Promise<void> => {
      const { ask_id } = await answerAsk(askId, frame.body, { principal, runtime: gateway.runtime });
      send({ type: "done", ...toId(frame), ask_id });
    };
    return { serve };
  },
  ping: (frame, { send }) => ({ serve: () => send({ type: "pong", ...toId(frame) }) }),
};

/** Shared by those who follow and leave a turn, so that what was said last holds. It holds nobody up for longer than a look at the store. */
function toTurnLane(turnId: string): string {
  return `turn ${turnId}`;
}

/** True for what must get through to a client that follows many turns: a chat command, and a message that ends what runs. */
function isPressing({ text, mode }: IncomingMessage): boolean {
  return mode === "interrupt" || /^\s*\/[a-z]/i.test(text);
}

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
