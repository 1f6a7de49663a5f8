import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ConnectionInfo, Gateway } from "./create-gateway.ts";
import type { Transport } from "./route.ts";
import { endSoon, isFramedPlainly, toMalformedResponse, toRawHead } from "./malformed-request.ts";

/** Requests that ask to go on with another protocol on their connection. */
export interface Upgrades {
  take(incoming: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Drops every connection that was handed on. */
  closeAll(): void;
}

/** Milliseconds that such a request may take to be answered. */
const patienceMs = 10_000;

/** What is known of a connection. */
export function toConnectionInfo(peer: string | undefined): ConnectionInfo {
  return peer === undefined ? {} : { peer };
}

/**
 * Hands such requests to the gateway like all others, so that they pass the
 * same gate, and with the connection. When no route takes that, the response
 * is written as it is and the connection ends.
 */
export function createUpgrades(gateway: Pick<Gateway, "fetch">, transport: Transport): Upgrades {
  const open = new Set<Duplex>();
  return {
    take(incoming, socket, head) {
      open.add(socket);
      const timer = setTimeout(() => socket.destroy(), patienceMs);
      const forget = (): void => {
        open.delete(socket);
        clearTimeout(timer);
      };
      socket.on("error", () => socket.destroy());
      socket.on("close", forget);
      void answer({ incoming, socket, head }, gateway, transport)
        .catch(() => socket.destroy())
        .finally(() => clearTimeout(timer));
    },
    closeAll() {
      for (const socket of open) socket.destroy();
    },
  };
}

type Connection = { readonly incoming: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };

async function answer(connection: Connection, gateway: Pick<Gateway, "fetch">, transport: Transport): Promise<void> {
  const { incoming, socket } = connection;
  const request = isFramedPlainly(incoming) ? toRequest(incoming) : undefined;
  let isTaken = false;
  const take = (): Connection => {
    isTaken = true;
    return connection;
  };
  const info = { ...toConnectionInfo(incoming.socket.remoteAddress), upgrade: { take } };
  let response = request === undefined ? toMalformedResponse() : await gateway.fetch(request, transport, info);
  if (isTaken || socket.destroyed) return void (await response.body?.cancel());
  if (isStream(response)) {
    // Here nobody would wait for a reader that is slow.
    await response.body?.cancel();
    response = toMalformedResponse();
  }
  endSoon(socket, toRawHead(response.status, [...response.headers].filter(([name]) => name !== "connection")) + (await response.text()));
}

function isStream(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/event-stream") === true;
}

/** The request without a body: there is none that could be upgraded with one. Undefined where it cannot be read as one. */
function toRequest({ method = "GET", url = "/", headers, rawHeaders }: IncomingMessage): Request | undefined {
  try {
    const given = new Headers();
    for (let index = 0; index < rawHeaders.length; index += 2) given.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
    return new Request(new URL(url, `http://${headers.host ?? ""}`), { method, headers: given });
  } catch {
    return undefined;
  }
}
