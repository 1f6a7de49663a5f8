import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { OmniError } from "@omni/core";
import type { WebSocket, WebSocketServer } from "ws";
import type { Call, GatewayParts } from "../route.ts";
import type { MessageGauge } from "./message-gauge.ts";
import type { SocketConnection } from "./socket-connection.ts";
import type { Standing } from "../authority-look.ts";
import { createAuthorityLook } from "../authority-look.ts";
import { createIntakeRoom } from "./intake-room.ts";
import { createMessageGauge } from "./message-gauge.ts";
import { toEmptyResponse } from "../responses.ts";
import { toGivenToken } from "../auth.ts";

/** A connection that could go on with another protocol. */
export interface Upgrade {
  /** Takes it: from then on it is the taker's, and the request gets no response of its own. */
  take(): { readonly incoming: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };
}

/** The open WebSockets of a gateway. */
export interface SocketHub {
  /** Makes a WebSocket of a request that has passed the gate. Throws `request.invalid` for a handshake that is none, and `request.too-many` when there are too many. */
  accept(call: Call, upgrade: Upgrade): Promise<Response>;
  /** How many are open. */
  readonly size: number;
  /** Ends all of them with "service restart". */
  close(): void;
}

/** What a hub works with. */
export type HubParts = Omit<GatewayParts, "sockets">;

/** How many WebSockets may be open. */
export interface SocketBounds {
  readonly all: number;
  /** With one token; the owner's own socket counts for none. */
  readonly each: number;
}

/** The bounds where nobody says otherwise: two thirds of all for one token, which a program may well use for a thousand pages, and the rest for others. */
const usualBounds: SocketBounds = { all: 3_072, each: 2_048 };

/** How often each is pinged (one that has not answered until the next time is dropped), and how often tokens are looked at again, in milliseconds. */
const pingMs = 30_000;
const lookAgainMs = 500;

/** Most fragments of one message: each costs more memory than the byte it may hold. */
const mostFragments = 1_024;

/** Bytes that the network brings at once on average, at the least, while a message is put together; a client that sends fewer for long is dropped. */
const leastChunkBytes = 256;

/** Most milliseconds that one message may take to arrive, as the body of a request. */
const patienceMs = 30_000;

/** Most bytes of all sockets that have come and are not served yet, and for how many messages of the largest size there is room in any case. */
const mostHeld = 33_554_432;
const leastMessages = 4;

/** How a socket ends whose message does not end, and one that has to make room. */
const tooSlow: Ending = [1013, `a message took longer than ${patienceMs / 1_000} s to arrive`];
const tooMuch: Ending = [1013, "too much arrives at once"];

/** How a socket ends: the code of its close, and why. */
type Ending = readonly [code: number, reason: string];

/** How a socket ends whose token does not stand. */
const endings: Partial<Readonly<Record<Standing, Ending>>> = { lost: [1008, "the token is no longer good"], unavailable: [1013, "whether the token is good cannot be read"] };

/** The subprotocol of these frames. */
const frameProtocol = "omni.v1";

/** One socket with what is watched of it. */
interface Member {
  readonly socket: WebSocket;
  readonly connection: SocketConnection;
  readonly gauge: MessageGauge;
  /** Undefined for the owner. */
  readonly token: string | undefined;
  isAlive: boolean;
}

/** Makes a hub without sockets; what serves them is loaded for the first one. Time is watched once for all, so that an idle socket costs next to nothing. */
export function createSocketHub(parts: HubParts, bounds: SocketBounds = usualBounds): SocketHub {
  const members = new Set<Member>();
  const watch = createWatch(members, parts);
  const places = createPlaces(bounds);
  const server = createLazyServer(parts.maxBodyBytes);
  const room = createIntakeRoom(Math.max(mostHeld, leastMessages * parts.maxBodyBytes));
  let isClosed = false;
  const open = async (upgrade: Upgrade, heard: (chunk: Buffer) => void): Promise<{ readonly socket: WebSocket } & Pick<typeof import("./socket-connection.ts"), "createSocketConnection">> => {
    const [{ handshake }, { createSocketConnection }] = await Promise.all([server(), import("./socket-connection.ts")]);
    return { socket: await handshake(upgrade, heard), createSocketConnection };
  };
  return {
    async accept(call, upgrade) {
      checkHandshake(call.request);
      const { principal, requestId } = call;
      const token = call.transport === "socket" ? undefined : toGivenToken(call.request.headers);
      const leave = places.take(token);
      const gauge = createMessageGauge(parts.clock);
      const share = room.open(token, () => connection.end(...tooMuch));
      const { socket, createSocketConnection } = await open(upgrade, (chunk) => {
        const before = gauge.bytes;
        gauge.take(chunk);
        share.add(gauge.bytes - before);
      }).catch((error: unknown) => {
        leave();
        throw error;
      });
      socket.once("close", () => {
        leave();
        share.add(-gauge.bytes);
      });
      const connection = createSocketConnection(socket, { principal, requestId, gateway: parts, share, isGood: async () => token === undefined || isGood(token, parts) });
      if (isClosed) connection.end(1012);
      const member: Member = { socket, connection, gauge, token, isAlive: true };
      members.add(member);
      socket.on("pong", () => void (member.isAlive = true));
      socket.on("close", () => void members.delete(member));
      watch.begin();
      return toEmptyResponse(204);
    },
    get size() {
      return members.size;
    },
    close() {
      isClosed = true;
      for (const { connection } of members) connection.end(1012);
    },
  };
}

/** Throws `request.invalid` unless this is the handshake of a WebSocket. */
function checkHandshake(request: Request): void {
  const { headers } = request;
  const isHandshake = headers.get("upgrade")?.toLowerCase() === "websocket" && headers.get("sec-websocket-version") === "13" && /^[+/0-9A-Za-z]{22}==$/.test(headers.get("sec-websocket-key") ?? "");
  if (!isHandshake) throw new OmniError("request.invalid", "This is no handshake of a WebSocket of version 13.");
}

/** Places for sockets. One is taken before anything is waited for, so that many handshakes at once do not pass the bounds either. */
function createPlaces({ all: mostSockets, each: mostEach }: SocketBounds): { take(token: string | undefined): () => void } {
  const taken = new Map<string | undefined, number>();
  let all = 0;
  const add = (token: string | undefined, count: number): void => {
    all += count;
    const own = (taken.get(token) ?? 0) + count;
    if (own === 0) taken.delete(token);
    else taken.set(token, own);
  };
  const tooMany = (what: string): OmniError => new OmniError("request.too-many", `${what}; try again later.`, { retryable: true, retryAfterMs: 10_000 });
  return {
    take(token) {
      if (all >= mostSockets) throw tooMany(`There are ${mostSockets} WebSockets open already`);
      if (token !== undefined && (taken.get(token) ?? 0) >= mostEach) throw tooMany(`There are ${mostEach} WebSockets open with this token already`);
      add(token, 1);
      return () => add(token, -1);
    },
  };
}

/** The library that speaks the protocol. */
function createLazyServer(maxPayload: number): () => Promise<{ handshake(upgrade: Upgrade, heard: (chunk: Buffer) => void): Promise<WebSocket> }> {
  let loading: Promise<WebSocketServer> | undefined;
  const load = async (): Promise<WebSocketServer> => {
    const ws = await import("ws");
    const bounds = { maxPayload, maxFragments: mostFragments, maxBufferedChunks: Math.max(mostFragments, Math.ceil(maxPayload / leastChunkBytes)) };
    return new ws.WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, autoPong: false, handleProtocols: choose, ...bounds });
  };
  return async () => {
    const server = await (loading ??= load());
    return {
      handshake(upgrade, heard) {
        const { incoming, socket, head } = upgrade.take();
        return new Promise((resolve, reject) => {
          // The library refuses some by itself, and says so to the client alone.
          const gone = (): void => reject(new OmniError("request.invalid", "The connection ended before it was a WebSocket."));
          socket.once("close", gone);
          if (socket.destroyed) return gone();
          server.handleUpgrade(incoming, socket, head, (webSocket) => {
            socket.off("close", gone);
            // Before the library: what it makes of them is counted for itself.
            socket.prependListener("data", heard);
            resolve(webSocket);
          });
        });
      },
    };
  };
}

/** The protocol of the frames where it is offered; else the offer itself, since some clients take silence for a refusal. */
function choose(offered: ReadonlySet<string>): string | false {
  return offered.has(frameProtocol) ? frameProtocol : ([...offered][0] ?? false);
}

/** Looks after all members while there are any. */
function createWatch(members: ReadonlySet<Member>, parts: HubParts): { begin(): void } {
  const { clock } = parts;
  const looks = new Map<string, () => Promise<Standing>>();
  let isWatching = false;
  let pinged = 0;
  const look = async (): Promise<void> => {
    for (const member of members) lookAt(member, clock.monotonic());
    if (clock.monotonic() - pinged >= pingMs) {
      pinged = clock.monotonic();
      for (const member of members) ping(member);
    }
    const tokens = new Set([...members].flatMap((member) => member.token ?? []));
    for (const token of looks.keys()) if (!tokens.has(token)) looks.delete(token);
    for (const token of tokens) {
      const standing = looks.get(token) ?? createAuthorityLook(clock, () => isGood(token, parts));
      looks.set(token, standing);
      const ending = endings[await standing()];
      if (ending !== undefined) for (const member of members) if (member.token === token) member.connection.end(...ending);
    }
    next();
  };
  const next = (): void => {
    isWatching = members.size > 0;
    if (isWatching) clock.after(lookAgainMs, () => void look());
    else looks.clear();
  };
  return {
    begin() {
      if (isWatching) return;
      pinged = clock.monotonic();
      next();
    },
  };
}

/** Rejects where that cannot be read. */
async function isGood(token: string, { runtime }: HubParts): Promise<boolean> {
  return (await runtime.tokens.verify(token)) !== undefined;
}

/** Ends a socket whose message is too slow. One that the gateway itself does not read now is neither slow nor silent. */
function lookAt(member: Member, now: number): void {
  const { socket, connection, gauge } = member;
  if (socket.isPaused) {
    member.isAlive = true;
    gauge.restart();
  } else if (gauge.since !== undefined && now - gauge.since >= patienceMs) connection.end(...tooSlow);
}

function ping(member: Member): void {
  if (!member.isAlive) return member.connection.drop();
  member.isAlive = false;
  member.socket.ping();
}
