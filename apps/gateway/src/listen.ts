import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { OmniError } from "@omni/core";
import type { ConnectionLanes } from "./connection-lanes.ts";
import type { Gateway } from "./create-gateway.ts";
import type { Transport } from "./route.ts";
import { answerClientError, isFramedPlainly, refuseExpectation, refuseFraming, refuseTunnel, toMalformedResponse } from "./malformed-request.ts";
import { createConnectionLanes } from "./connection-lanes.ts";
import { createUpgrades, toConnectionInfo } from "./upgrades.ts";
import { loadHttp } from "./load-http.ts";

/** Where to listen: an address of the network, or the path of a socket. */
export type ListenTarget = { readonly host: string; readonly port: number } | { readonly path: string };

/** Bounds of what a client may cost before anybody knows who it is. */
export interface ListenLimits {
  /** Most bytes of all headers together. */
  readonly headerBytes: number;
  /** Most milliseconds until the headers, and until the whole request, are in. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Most milliseconds a connection stays open between requests. */
  readonly keepAliveMs: number;
  /** Most milliseconds that a client may leave unread what was sent to it. */
  readonly unreadMs: number;
  /** Most connections at once; further ones are dropped. */
  readonly connections: number;
}

const defaultLimits: ListenLimits = { headerBytes: 16_384, headersTimeoutMs: 10_000, requestTimeoutMs: 30_000, keepAliveMs: 5_000, unreadMs: 120_000, connections: 4_096 };

/** Something that listens. */
export interface Listener {
  /** The port that was taken; 0 for a socket. */
  readonly port: number;
  /** Loads what the first request needs, so that it does not wait for that. */
  warm(): Promise<void>;
  /** Takes no more connections, waits at most `graceMs` for responses that are on their way, then drops what is left. */
  close(graceMs: number): Promise<void>;
}

/** Listens and hands each request to the gateway. Throws `gateway.bind` naming the address and the mend. */
export async function listen(gateway: Pick<Gateway, "fetch" | "load">, target: ListenTarget, limits: Partial<ListenLimits> = {}): Promise<Listener> {
  const transport = "path" in target ? "socket" : "tcp";
  const adapter = createAdapter(gateway, transport);
  const lanes = createConnectionLanes((incoming, outgoing) => void adapter().then((answer) => answer(incoming, outgoing)));
  const server = createBoundedServer(lanes, { ...defaultLimits, ...limits });
  dropSilent(server, { ...defaultLimits, ...limits }.unreadMs, lanes.has);
  const upgrades = createUpgrades(gateway, transport);
  // Between answers that are still on their way there is no place for another protocol.
  server.on("upgrade", (incoming, socket, head) => (lanes.has(socket) ? void socket.destroy() : upgrades.take(incoming, socket, head)));
  await bind(server, target);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    warm: async () => void (await adapter()),
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await lanes.idle(graceMs);
      server.closeAllConnections();
      upgrades.closeAll();
      await closed;
    },
  };
}

/** Answers one request of Node's own kind. */
type Answer = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

/**
 * The bridge between Node's requests and those of the web platform, loaded
 * once and when first needed: the platform's classes take some thirty
 * milliseconds, and there is nobody to answer before it listens.
 */
function createAdapter(gateway: Pick<Gateway, "fetch" | "load">, transport: Transport): () => Promise<Answer> {
  let loading: Promise<Answer> | undefined;
  const load = async (): Promise<Answer> => {
    const { ServerResponse } = loadHttp();
    const [{ getRequestListener }, { sendDirectly }, { RESPONSE_ALREADY_SENT }] = await Promise.all([import("@hono/node-server"), import("./send-response.ts"), import("@hono/node-server/utils/response"), gateway.load()]);
    return getRequestListener(
      async (request, { incoming, outgoing }) => {
        const response = await gateway.fetch(request, transport, toConnectionInfo(incoming.socket.remoteAddress));
        const isSent = outgoing instanceof ServerResponse && (await sendDirectly(response, outgoing));
        return isSent ? RESPONSE_ALREADY_SENT : response;
      },
      { overrideGlobalObjects: false, errorHandler: toMalformedResponse },
    );
  };
  return () => (loading ??= load());
}

function createBoundedServer(lanes: ConnectionLanes, limits: ListenLimits): Server {
  const server = loadHttp().createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
      // A missing one is refused by the listener, in the form of all other errors.
      requireHostHeader: false,
      insecureHTTPParser: false,
      // Where Node knows the option: whatever else a request offers to go on with is not taken up, as the protocol allows.
      shouldUpgradeCallback: (incoming) => incoming.headers.upgrade?.toLowerCase() === "websocket",
    },
    (incoming, outgoing) => (isFramedPlainly(incoming) ? lanes.take(incoming, outgoing) : lanes.refuse(incoming, outgoing, () => refuseFraming(outgoing))),
  );
  server.maxConnections = limits.connections;
  server.on("checkExpectation", (incoming, outgoing) => lanes.refuse(incoming, outgoing, () => refuseExpectation(outgoing)));
  server.on("connect", refuseTunnel);
  server.on("clientError", (error, socket) => answerClientError(error, socket, lanes.hasBegun(socket)));
  return server;
}

/** Drops connections on which nothing has happened for too long: between requests, or while the client does not read. An answer that takes long is no fault of its client. */
function dropSilent(server: Server, unreadMs: number, isAnswered: (socket: Socket) => boolean): void {
  server.setTimeout(unreadMs, (socket) => {
    if (!isAnswered(socket) || socket.writableLength > 0) socket.destroy();
  });
}

async function bind(server: Server, target: ListenTarget): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(target, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    const place = "path" in target ? `the socket ${target.path}` : `${target.host}:${target.port}`;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    const mend = code === "EADDRINUSE" ? "something else listens there; stop it, or choose another port (0 picks a free one)" : `the system says ${code}`;
    throw new OmniError("gateway.bind", `The gateway cannot listen on ${place}: ${mend}.`, { cause: error });
  }
}
