import type { Agent, IncomingMessage } from "node:http";
import type { GatewayRequest, GatewayResponse, Transport } from "./transport.ts";
import { toConnectionError } from "./gateway-error.ts";

/** The way over the owner's socket, which needs no token. Connections are kept and used again until it is closed; from then on each ends with its response. */
export function createSocketTransport(socketPath: string): Transport {
  const { agent, close } = createKeeping();
  return {
    async send(request) {
      try {
        const incoming = await ask(socketPath, agent, request);
        return { status: incoming.statusCode ?? 0, header: (name) => toHeader(incoming, name), body: readBody(incoming, socketPath, request.signal) };
      } catch (error) {
        throw toConnectionError(error, socketPath, request.signal);
      }
    },
    close,
  };
}

/** An agent that keeps connections until `close`. Its own `destroy` would also cut those that are being read. */
function createKeeping(): { readonly agent: Agent; close(): void } {
  const { Agent } = loadHttp();
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
function loadHttp(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}

function ask(socketPath: string, agent: Agent, { method, path, headers, body, signal }: GatewayRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const outgoing = loadHttp().request({ socketPath, agent, method, path, headers: { host: "localhost", ...headers, ...length }, ...(signal === undefined ? {} : { signal }) }, resolve);
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
