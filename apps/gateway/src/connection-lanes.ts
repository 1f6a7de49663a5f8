import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** The requests of each connection, on their way to an answer. */
export interface ConnectionLanes {
  /** Has a request answered, now or when there is room on its connection. */
  take(incoming: IncomingMessage, outgoing: ServerResponse): void;
  /** True while a response of this connection is on its way. */
  has(socket: Duplex): boolean;
  /** True once a byte of one may have been sent. */
  hasBegun(socket: Duplex): boolean;
  /** Resolves when no response is on its way anywhere, or after `graceMs`. */
  idle(graceMs: number): Promise<void>;
}

/**
 * Most requests of one connection that are worked on at once. A client may
 * send any number of them without waiting for answers: the rest is not begun,
 * and not even read, until it has taken those.
 */
const mostAtOnce = 8;

interface Lane {
  readonly open: Set<ServerResponse>;
  /** Requests that were read together with those before them. */
  readonly waiting: (() => void)[];
  running: number;
}

/** Makes lanes for connections whose requests `answer` answers. */
export function createConnectionLanes(answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void): ConnectionLanes {
  const lanes = new Map<Duplex, Lane>();
  let open = 0;
  let emptied: (() => void) | undefined;
  const closed = (count: number): void => {
    open -= count;
    if (open === 0) emptied?.();
  };
  const openLane = (socket: Duplex): Lane => {
    const lane: Lane = { open: new Set(), waiting: [], running: 0 };
    lanes.set(socket, lane);
    // Node reads on by itself after each answer.
    socket.on("resume", () => lane.waiting.length > 0 && socket.pause());
    socket.once("close", () => {
      lanes.delete(socket);
      lane.waiting.length = 0;
      // A response whose turn never came does not say that it is closed.
      closed(lane.open.size);
      lane.open.clear();
    });
    return lane;
  };
  const leave = (outgoing: ServerResponse, lane: Lane, socket: Duplex): void => {
    if (!lane.open.delete(outgoing)) return;
    lane.running -= 1;
    const next = lane.waiting.shift();
    if (next !== undefined && lane.waiting.length === 0) socket.resume();
    next?.();
    closed(1);
  };
  return {
    take(incoming, outgoing) {
      const { socket } = incoming;
      const lane = lanes.get(socket) ?? openLane(socket);
      const begin = (): void => {
        lane.running += 1;
        outgoing.once("close", () => leave(outgoing, lane, socket));
        answer(incoming, outgoing);
      };
      open += 1;
      lane.open.add(outgoing);
      if (lane.running < mostAtOnce) return begin();
      lane.waiting.push(begin);
      socket.pause();
    },
    has: (socket) => (lanes.get(socket)?.open.size ?? 0) > 0,
    hasBegun: (socket) => [...(lanes.get(socket)?.open ?? [])].some((outgoing) => outgoing.headersSent),
    idle: (graceMs) =>
      new Promise((resolve) => {
        if (open === 0) return resolve();
        const timer = setTimeout(resolve, graceMs);
        emptied = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}
