import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { OmniError } from "@omni/core";
import type { WebSocket, WebSocketServer } from "ws";
import type { Call, GatewayParts } from "../route.ts";
import type { SocketConnection } from "./socket-connection.ts";
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

/** Most sockets at once. */
const mostSockets = 2_048;

/** How often each is pinged (one that has not answered until the next time is dropped), and how often tokens are looked at again, in milliseconds. */
const pingMs = 30_000;
const lookAgainMs = 500;

/** Most fragments of one message: each costs more memory than the byte it may hold. */
const mostFragments = 1_024;

/** Bytes that the network brings at once on average, at the least, while a message is put together; a client that sends fewer for long is dropped. */
const leastChunkBytes = 256;

/** The subprotocol of these frames. */
const frameProtocol = "omni.v1";

/** One socket with what is watched of it. */
interface Member {
  readonly socket: WebSocket;
  readonly connection: SocketConnection;
  /** Undefined for the owner. */
  readonly token: string | undefined;
  isAlive: boolean;
}

/** Makes a hub without sockets; what serves them is loaded for the first one. Time is watched once for all, so that an idle socket costs next to nothing. */
export function createSocketHub(parts: HubParts): SocketHub {
  const members = new Set<Member>();
  const watch = createWatch(members, parts);
  const server = createLazyServer(parts.maxBodyBytes);
  let isClosed = false;
  return {
    async accept(call, upgrade) {
      checkHandshake(call.request);
      if (members.size >= mostSockets) throw new OmniError("request.too-many", `There are ${mostSockets} WebSockets open already; try again later.`, { retryable: true, retryAfterMs: 10_000 });
      const [{ handshake }, { createSocketConnection }] = await Promise.all([server(), import("./socket-connection.ts")]);
      const { principal, requestId } = call;
      const token = call.transport === "socket" ? undefined : toGivenToken(call.request.headers);
      const socket = await handshake(upgrade);
      const connection = createSocketConnection(socket, { principal, requestId, gateway: parts, isGood: async () => token === undefined || isGood(token, parts) });
      if (isClosed) connection.end(1012);
      const member: Member = { socket, connection, token, isAlive: true };
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

/** The library that speaks the protocol. */
function createLazyServer(maxPayload: number): () => Promise<{ handshake(upgrade: Upgrade): Promise<WebSocket> }> {
  let loading: Promise<WebSocketServer> | undefined;
  const load = async (): Promise<WebSocketServer> => {
    const ws = await import("ws");
    const bounds = { maxPayload, maxFragments: mostFragments, maxBufferedChunks: Math.max(mostFragments, Math.ceil(maxPayload / leastChunkBytes)) };
    return new ws.WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, autoPong: false, handleProtocols: choose, ...bounds });
  };
  return async () => {
    const server = await (loading ??= load());
    return {
      handshake(upgrade) {
        const { incoming, socket, head } = upgrade.take();
        return new Promise((resolve) => server.handleUpgrade(incoming, socket, head, (webSocket) => resolve(webSocket)));
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
  let isWatching = false;
  let pinged = 0;
  const look = async (): Promise<void> => {
    if (clock.monotonic() - pinged >= pingMs) {
      pinged = clock.monotonic();
      for (const member of members) ping(member);
    }
    for (const token of new Set([...members].flatMap((member) => member.token ?? []))) {
      if (!(await isGood(token, parts))) for (const member of members) if (member.token === token) member.connection.end(1008, "the token is no longer good");
    }
    next();
  };
  const next = (): void => {
    isWatching = members.size > 0;
    if (isWatching) clock.after(lookAgainMs, () => void look());
  };
  return {
    begin() {
      if (isWatching) return;
      pinged = clock.monotonic();
      next();
    },
  };
}

async function isGood(token: string, { runtime }: HubParts): Promise<boolean> {
  return (await runtime.tokens.verify(token).catch(() => undefined)) !== undefined;
}

function ping(member: Member): void {
  if (!member.isAlive) return member.connection.drop();
  member.isAlive = false;
  member.socket.ping();
}
