import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { OmniErrorCode } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Gateway } from "./create-gateway.ts";
import type { Transport } from "./route.ts";
import { nobody } from "./auth.ts";
import { toErrorResponse, toStandardHeaders } from "./responses.ts";

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
  /** Most connections at once; further ones are dropped. */
  readonly connections: number;
}

const defaultLimits: ListenLimits = { headerBytes: 16_384, headersTimeoutMs: 10_000, requestTimeoutMs: 30_000, keepAliveMs: 5_000, connections: 1_024 };

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
  const server = createBoundedServer(adapter, { ...defaultLimits, ...limits });
  const busy = trackBusy(server);
  await bind(server, target);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    warm: async () => void (await adapter()),
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await busy.idle(graceMs);
      server.closeAllConnections();
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
    const [{ getRequestListener }] = await Promise.all([import("@hono/node-server"), gateway.load()]);
    return getRequestListener((request) => gateway.fetch(request, transport), { overrideGlobalObjects: false, errorHandler: toMalformedResponse });
  };
  return () => (loading ??= load());
}

/** Node's own HTTP. As an import its module would be read out whole, and with it all of the web platform's classes. */
function loadHttp(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}

function createBoundedServer(adapter: () => Promise<Answer>, limits: ListenLimits): Server {
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
    },
    (incoming, outgoing) => void adapter().then((answer) => answer(incoming, outgoing)),
  );
  server.maxConnections = limits.connections;
  server.on("clientError", answerClientError);
  return server;
}

/** Faults that the HTTP parser finds, in the same form as all others. The connection is then of no more use. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  if (error.code === "HPE_HEADER_OVERFLOW") return endRaw(socket, 431, "request.too-large", "The headers are too large.");
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return endRaw(socket, 408, "request.invalid", "The request took too long to arrive.");
  endRaw(socket, 400, "request.invalid", "The request is not well-formed HTTP.");
}

function endRaw(socket: Duplex, status: number, code: OmniErrorCode, message: string): void {
  const requestId = crypto.randomUUID();
  const body = JSON.stringify({ error: { code, message, requestId } });
  const headers = { ...toStandardHeaders(requestId), "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(body), connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${loadHttp().STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
}

/** The answer to what cannot even be read as a request: no Host or an odd one, a target that is no URL. */
function toMalformedResponse(): Response {
  const requestId = crypto.randomUUID();
  const response = toErrorResponse(new OmniError("request.invalid", "The request's target or Host header is malformed."), { principal: nobody, requestId });
  for (const [name, value] of Object.entries({ ...toStandardHeaders(requestId), connection: "close" })) response.headers.set(name, value);
  return response;
}

/** Counts responses that are on their way. */
function trackBusy(server: Server): { idle(graceMs: number): Promise<void> } {
  const open = new Set<ServerResponse>();
  let emptied: (() => void) | undefined;
  server.on("request", (_incoming: IncomingMessage, outgoing: ServerResponse) => {
    open.add(outgoing);
    outgoing.on("close", () => {
      open.delete(outgoing);
      if (open.size === 0) emptied?.();
    });
  });
  return {
    idle: (graceMs) =>
      new Promise((resolve) => {
        if (open.size === 0) return resolve();
        const timer = setTimeout(resolve, graceMs);
        emptied = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
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
