import { OmniError } from "@omni/core";
import type { TurnHandle } from "@omni/runtime";
import type { WebSocket } from "ws";
import type { ServerFrame } from "./frames.ts";
import type { SocketContext } from "./socket-connection.ts";
import { readTurnFeed } from "../turn-feed.ts";

/** Most turns that one socket follows at once, and how many places more there are for what is to get through when those are taken. */
const mostFollowed = 64;
const mostPressing = 16;

/** How long a client is told to wait for a place, in milliseconds. */
const waitMs = 5_000;

/** What a place is wanted for. */
export interface Place {
  /** The turn, where it is known: one that is followed has its place. */
  readonly turnId: string | undefined;
  /** For something that makes room or answers at once: a chat command, a message that interrupts. */
  readonly isPressing?: boolean;
}

/** The turns that one socket is told of. */
export interface TurnFollowing {
  /** Tells the events of a turn, after the one with this id; in place of an earlier following of the same turn. */
  follow(handle: TurnHandle, lastEventId: string | undefined): void;
  /** Tells no more of it. The turn goes on. */
  leave(turnId: string): void;
  /** True where only what is pressing, or followed already, has a place. */
  readonly isFull: boolean;
  /** Keeps a place, until what it returns is called. Throws `request.too-many`, retryable, when there is none. */
  reserve(place: Place): () => void;
  /** Tells no more of any, and of none that is followed later. */
  close(): void;
}

/**
 * Follows turns on a socket. The client sets the pace: of each turn one event
 * at a time is on its way, the next is taken when that one was written, and
 * one that falls behind loses text (`text-reset`), never the end.
 */
export function createTurnFollowing(socket: WebSocket, context: SocketContext): TurnFollowing {
  const lives = new Map<string, AbortController>();
  let reserved = 0;
  let isClosed = false;
  return {
    follow(handle, lastEventId) {
      if (isClosed) return;
      const { turnId } = handle;
      const life = new AbortController();
      lives.get(turnId)?.abort();
      lives.set(turnId, life);
      void tell(handle, { socket, context, lastEventId, life: life.signal })
        .catch(() => undefined)
        .finally(() => {
          if (lives.get(turnId) === life) lives.delete(turnId);
        });
    },
    leave: (turnId) => lives.get(turnId)?.abort(),
    get isFull() {
      return lives.size + reserved >= mostFollowed;
    },
    reserve({ turnId, isPressing = false }) {
      if (turnId !== undefined && lives.has(turnId)) return () => undefined;
      if (lives.size + reserved >= mostFollowed + (isPressing ? mostPressing : 0)) {
        throw new OmniError("request.too-many", `This socket follows ${mostFollowed} turns already; leave one, open another socket, or try again when one has ended.`, { retryable: true, retryAfterMs: waitMs });
      }
      reserved += 1;
      return () => void (reserved -= 1);
    },
    close() {
      isClosed = true;
      for (const life of lives.values()) life.abort();
    },
  };
}

interface Telling {
  readonly socket: WebSocket;
  readonly context: SocketContext;
  readonly lastEventId: string | undefined;
  readonly life: AbortSignal;
}

async function tell(handle: TurnHandle, { socket, context, lastEventId, life }: Telling): Promise<void> {
  const { turnId: turn_id, sessionId: session_id } = handle;
  const { principal, requestId, gateway } = context;
  let hasEnded = false;
  for await (const item of readTurnFeed(handle, { clock: gateway.clock, principal, requestId, lastEventId }, life)) {
    // Between the feed and here whoever listens may have left.
    if (life.aborted) return;
    if (item.kind === "silence") continue;
    await write(socket, { type: "event", turn_id, session_id, event: item.event.type, event_id: item.id, data: item.data });
    hasEnded = item.event.type === "turn-end";
  }
  if (!hasEnded && !life.aborted) await write(socket, { type: "detached", turn_id, session_id });
}

/** Resolves when the frame was handed to the system, so not before the client reads; rejects once the socket is gone. */
function write(socket: WebSocket, frame: ServerFrame): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(JSON.stringify(frame), (error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}
