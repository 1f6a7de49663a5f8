import type { Duplex } from "node:stream";
import type { OmniErrorCode } from "@omni/core";
import { OmniError } from "@omni/core";
import { loadHttp } from "./load-http.ts";
import { nobody } from "./auth.ts";
import { toErrorResponse, toStandardHeaders } from "./responses.ts";

/** Answers faults that the HTTP parser finds, in the same form as all others. The connection is then of no more use. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  if (error.code === "HPE_HEADER_OVERFLOW") return endRaw(socket, 431, "request.too-large", "The headers are too large.");
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return endRaw(socket, 408, "request.invalid", "The request took too long to arrive.");
  endRaw(socket, 400, "request.invalid", "The request is not well-formed HTTP.");
}

function endRaw(socket: Duplex, status: number, code: OmniErrorCode, message: string): void {
  const requestId = crypto.randomUUID();
  const body = JSON.stringify({ error: { code, message, requestId } });
  const headers = { ...toStandardHeaders(requestId), "content-type": "application/json; charset=utf-8", "content-length": String(Buffer.byteLength(body)) };
  socket.end(toRawHead(status, Object.entries(headers)) + body);
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
