import type { Agent, IncomingMessage } from "node:http";
import type { GatewayRequest, GatewayResponse, Transport } from "./transport.ts";
import { toConnectionError } from "./gateway-error.ts";

/** The way over the owner's socket, which needs no token. Connections are kept and used again. */
export function createSocketTransport(socketPath: string): Transport {
  const { Agent } = loadHttp();
  const agent = new Agent({ keepAlive: true });
  return {
    async send(request) {
      try {
        const incoming = await ask(socketPath, agent, request);
        return { status: incoming.statusCode ?? 0, header: (name) => toHeader(incoming, name), body: readBody(incoming, socketPath, request.signal) };
      } catch (error) {
        throw toConnectionError(error, socketPath, request.signal);
      }
    },
    close: () => agent.destroy(),
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
