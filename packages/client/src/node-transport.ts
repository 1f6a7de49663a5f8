import type { Agent, IncomingMessage, RequestOptions } from "node:http";
import type { ClientOptions } from "./create-client.ts";
import type { GatewayRequest, GatewayResponse, Transport } from "./transport.ts";
import { toBaseUrl } from "./base-url.ts";
import { toConnectionError } from "./gateway-error.ts";
import { toToken } from "./to-token.ts";

/** Where requests go. */
interface Target {
  readonly http: NodeHttp;
  /** What errors call it. */
  readonly place: string;
  /** Where the gateway's path is. */
  toOptions(path: string): RequestOptions;
  /** What every request carries. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What is used of `node:http`, or of `node:https`. */
interface NodeHttp {
  readonly Agent: new (options: { readonly keepAlive: boolean }) => Agent;
  readonly request: (options: RequestOptions, took: (incoming: IncomingMessage) => void) => import("node:http").ClientRequest;
}

/**
 * The way where there is Node: over TCP with the token on every request, or
 * over the owner's socket, which needs none. An answer is waited for as long as
 * it takes, where Node's fetch gives up on one that has not begun after five
 * minutes. Redirects are not followed: a token goes nowhere else. Connections
 * are kept and used again until it is closed; from then on each ends with its
 * response.
 */
export function createNodeTransport(options: ClientOptions): Transport {
  const target = "socketPath" in options ? toSocketTarget(options.socketPath) : toTcpTarget(options.url, options.token);
  const { agent, close } = createKeeping(target.http);
  return {
    async send(request) {
      try {
        const incoming = await ask(target, agent, request);
        return { status: incoming.statusCode ?? 0, header: (name) => toHeader(incoming, name), body: readBody(incoming, target.place, request.signal), close: () => void incoming.destroy() };
      } catch (error) {
        throw toConnectionError(error, target.place, request.signal);
      }
    },
    close,
  };
}

/** True where there is Node's own HTTP, or somebody's who has it under the same name. */
export function hasNodeHttp(): boolean {
  return "process" in globalThis && typeof process.getBuiltinModule === "function";
}

function toSocketTarget(socketPath: string): Target {
  return { http: loadHttp("node:http"), place: socketPath, toOptions: (path) => ({ socketPath, path }), headers: { host: "localhost" } };
}

function toTcpTarget(url: string, token: string | undefined): Target {
  const base = toBaseUrl(url, ["http:", "https:"]);
  const { protocol, hostname, port } = base;
  return {
    http: loadHttp(protocol === "https:" ? "node:https" : "node:http"),
    place: base.origin,
    // An address of version 6 has brackets in a URL, and none where it is connected to.
    toOptions: (path) => ({ protocol, hostname: hostname.replace(/^\[|\]$/g, ""), port, path: toPath(new URL(path.slice(1), base)) }),
    headers: token === undefined ? {} : { authorization: `Bearer ${toToken(token)}` },
  };
}

function toPath({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}

/** An agent that keeps connections until `close`. Its own `destroy` would also cut those that are being read. */
function createKeeping({ Agent }: NodeHttp): { readonly agent: Agent; close(): void } {
  const agent = new Agent({ keepAlive: true });
  const keep = agent.keepSocketAlive.bind(agent);
  let isClosed = false;
  agent.keepSocketAlive = (socket) => !isClosed && keep(socket);
  return {
    agent,
    close() {
      isClosed = true;
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    },
  };
}

/** Node's own HTTP. As an import its module would be read out whole, and with it all of the web platform's classes: some thirty milliseconds. */
function loadHttp(name: "node:http" | "node:https"): NodeHttp {
  return process.getBuiltinModule(name);
}

function ask({ http, toOptions, headers: own }: Target, agent: Agent, { method, path, headers, body, signal }: GatewayRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const outgoing = http.request({ ...toOptions(path), agent, method, headers: { ...headers, ...own, ...length }, ...(signal === undefined ? {} : { signal }) }, resolve);
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function toHeader(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

async function* readBody(incoming: IncomingMessage, place: string, signal: AbortSignal | undefined): GatewayResponse["body"] & AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of incoming) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    throw toConnectionError(error, place, signal);
  }
}
