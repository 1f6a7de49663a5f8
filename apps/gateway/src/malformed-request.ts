import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { OmniErrorCode } from "@omni/core";
import { OmniError } from "@omni/core";
import { loadHttp } from "./load-http.ts";
import { nobody } from "./auth.ts";
import { toErrorResponse, toStandardHeaders } from "./responses.ts";

/** How long a connection whose answer was its last may stay open for its client to read it, in milliseconds. */
const lingerMs = 1_000;

/** Faults of the HTTP parser that have a status of their own. */
const faults: Readonly<Record<string, readonly [number, OmniErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "request.too-large", "The headers are too large."],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "request.too-large", "The extensions of the body's chunks are too large."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "request.invalid", "The request took too long to arrive."],
};

/**
 * Answers faults that the HTTP parser finds, in the same form as all others.
 * The connection is then of no more use. An earlier answer that has begun on
 * it is cut short: an error written into it would be taken for a part of it.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex, earlier: "no" | "midway" | "whole"): void {
  if (error.code === "ECONNRESET" || !socket.writable || earlier === "midway") return void socket.destroy();
  if (earlier === "whole") return endSoon(socket, "");
  const [status, code, message] = faults[error.code ?? ""] ?? [400, "request.invalid", "The request is not well-formed HTTP."];
  const { headers, body } = toPlain(code, message);
  endSoon(socket, toRawHead(status, headers) + body);
}

/** Refuses a request to be a way to somewhere else. */
export function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  const { headers, body } = toPlain("request.method", "This is no proxy; it opens no connections for others.");
  endSoon(socket, toRawHead(405, [...headers, ["allow", ""]]) + body);
}

/** Refuses a request that expects something other than to be told to go on. */
export function refuseExpectation(outgoing: ServerResponse): void {
  refuse(outgoing, 417, "The only expectation that is met is 100-continue.");
}

/** Refuses a request that the parser lets pass and that others could read another way. */
export function refuseFraming(outgoing: ServerResponse): void {
  refuse(outgoing, 400, "The request is not well-formed HTTP: it must be of version 1.0 or 1.1, and chunked is the one transfer coding, of version 1.1.");
}

/** True for a version that is spoken here, with a body whose end everybody between finds in the same place. */
export function isFramedPlainly({ httpVersion, headers }: IncomingMessage): boolean {
  const coding = headers["transfer-encoding"];
  if (httpVersion === "1.0") return coding === undefined;
  return httpVersion === "1.1" && (coding === undefined || coding.toLowerCase() === "chunked");
}

function refuse(outgoing: ServerResponse, status: number, message: string): void {
  const { headers, body } = toPlain("request.invalid", message);
  outgoing.writeHead(status, Object.fromEntries([...headers, ["connection", "close"]])).end(body);
}

/** An error as headers and body, where there is no request to answer. */
function toPlain(code: OmniErrorCode, message: string): { readonly headers: readonly (readonly [string, string])[]; readonly body: string } {
  const requestId = crypto.randomUUID();
  const body = JSON.stringify({ error: { code, message, requestId } });
  return { body, headers: Object.entries({ ...toStandardHeaders(requestId), "content-type": "application/json; charset=utf-8", "content-length": String(Buffer.byteLength(body)) }) };
}

/** Writes the last bytes of a connection and ends it. To destroy it at once could take the answer from its client; to wait for the client could take for ever. */
export function endSoon(socket: Duplex, bytes: string): void {
  socket.on("error", () => socket.destroy());
  socket.end(bytes);
  // Not a time of silence: whoever goes on sending is not waited for either.
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.on("close", () => clearTimeout(timer));
}

/** The beginning of a response as bytes on the wire; the connection ends with it. */
export function toRawHead(status: number, headers: Iterable<readonly [string, string]>): string {
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${loadHttp().STATUS_CODES[status] ?? ""}\r\n${lines.join("")}connection: close\r\n\r\n`;
}

/** The answer to what cannot even be read as a request: no Host or an odd one, a target that is no URL. */
export function toMalformedResponse(): Response {
  const requestId = crypto.randomUUID();
  const response = toErrorResponse(new OmniError("request.invalid", "The request's target or Host header is malformed."), { principal: nobody, requestId });
  for (const [name, value] of Object.entries({ ...toStandardHeaders(requestId), connection: "close" })) response.headers.set(name, value);
  return response;
}
