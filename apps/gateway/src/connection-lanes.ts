import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** The requests of each connection, on their way to an answer. */
export interface ConnectionLanes {
  /** Has a request answered, now or when there is room on its connection. */
  take(incoming: IncomingMessage, outgoing: ServerResponse): void;
  /** Refuses a request after which nothing on its connection can be trusted to be one: whatever comes behind it is not answered and not begun. */
  refuse(incoming: IncomingMessage, outgoing: ServerResponse, refusal: () => void): void;
  /** True while a response of this connection is on its way. */
  has(socket: Duplex): boolean;
  /** Whether bytes of one may have been sent, and all of them: `no`, `midway` or `whole`. */
  hasBegun(socket: Duplex): "no" | "midway" | "whole";
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
  isOver: boolean;
}

/** Makes lanes for connections whose requests `answer` answers. */
export function createConnectionLanes(answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void): ConnectionLanes {
  const lanes = new Map<Duplex, Lane>();
  const open = createTally();
  const openLane = (socket: Duplex): Lane => {
    const lane: Lane = { open: new Set(), waiting: [], running: 0, isOver: false };
    lanes.set(socket, lane);
    // Node reads on by itself after each answer.
    socket.on("resume", () => lane.waiting.length > 0 && socket.pause());
    socket.once("close", () => {
      lanes.delete(socket);
      lane.waiting.length = 0;
      // A response whose turn never came does not say that it is closed.
      open.less(lane.open.size);
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
    open.less(1);
  };
  const add = ({ socket }: IncomingMessage, outgoing: ServerResponse, work: () => void): void => {
    const lane = lanes.get(socket) ?? openLane(socket);
    if (lane.isOver) return;
    const begin = (): void => {
      lane.running += 1;
      outgoing.once("close", () => leave(outgoing, lane, socket));
      work();
    };
    open.more();
    lane.open.add(outgoing);
    if (lane.running < mostAtOnce) return begin();
    lane.waiting.push(begin);
    socket.pause();
  };
  return {
    take: (incoming, outgoing) => add(incoming, outgoing, () => answer(incoming, outgoing)),
    refuse(incoming, outgoing, refusal) {
      add(incoming, outgoing, refusal);
      const lane = lanes.get(incoming.socket);
      if (lane !== undefined) lane.isOver = true;
    },
    has: (socket) => (lanes.get(socket)?.open.size ?? 0) > 0,
    hasBegun(socket) {
      const begun = [...(lanes.get(socket)?.open ?? [])].filter((outgoing) => outgoing.headersSent);
      if (begun.length === 0) return "no";
      return begun.every((outgoing) => outgoing.writableEnded) ? "whole" : "midway";
    },
    idle: open.none,
  };
}

/** Counts, and tells when there are none. */
function createTally(): { more(): void; less(count: number): void; none(graceMs: number): Promise<void> } {
  let count = 0;
  let emptied: (() => void) | undefined;
  return {
    more: () => void (count += 1),
    less(by) {
      count -= by;
      if (count === 0) emptied?.();
    },
    none: (graceMs) =>
      new Promise((resolve) => {
        if (count === 0) return resolve();
        const timer = setTimeout(resolve, graceMs);
        emptied = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}
