import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { LookupFunction, Socket } from "node:net";
import type { BrotliOptions, ZlibOptions } from "node:zlib";
import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";
import { Readable } from "node:stream";
import { toShownUrl } from "./egress-target.ts";

/** One request without redirects. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** Ends the request, and the body of its answer, with its reason. */
  readonly signal: AbortSignal | undefined;
  /** Makes and holds the connections, with TLS where it is one of `node:https`. */
  readonly agent: Agent;
  /** Finds the addresses to connect to; default: the system's resolver. */
  readonly lookup?: LookupFunction;
  readonly clock: Pick<Clock, "after">;
  /** How long its answer may take to begin, milliseconds; default: for ever. */
  readonly answerMs?: number;
}

/** An answer before anything of its body is read. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  /** Where it redirects to; undefined where it does not say. */
  readonly location: string | undefined;
  /** How the body came packed: `unpacked` where it no longer is, though `headers` say so; `unknown` where it still is. */
  readonly packing: "none" | "unpacked" | "unknown";
  /** A connection that breaks is its error. */
  readonly body: Readable;
}

/** What bodies may be packed in, for `accept-encoding`. Not `deflate`, by which servers mean two things. */
export const packings = "gzip, br";

/** Statuses whose answers have no body. */
export const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** Most bytes of an answer's headers. */
const mostHeaderBytes = 65_536;

/** How long a connection may take to be made, milliseconds: as long as for the platform's fetch. The system itself would wait for two minutes. */
const connectMs = 10_000;

/** How long a proxy may take to open a way, milliseconds. Of a connection that is made it is only told, and ends nothing. */
const tunnelMs = 30_000;

/**
 * Sends one request. Rejects with what the socket says, with the signal's
 * reason, or with `egress.timeout` where no answer begins in time. One to which
 * no connection was made in time says so as the system does, by its `syscall`.
 */
export async function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  request.signal?.throwIfAborted();
  const answer = await beginAnswer(request);
  const { body, packing } = request.method === "HEAD" || bodiless.has(answer.statusCode ?? 0) ? ({ body: answer, packing: "none" } as const) : await unpack(answer);
  // Whoever reads the body is told of its errors; where nobody does, they are nobody's.
  body.on("error", () => undefined);
  return { status: answer.statusCode ?? 0, statusText: answer.statusMessage ?? "", headers: answer.rawHeaders, location: answer.headers.location, packing, body };
}

function beginAnswer(request: HttpRequest): Promise<IncomingMessage> {
  const { url, method, body, agent, lookup, signal, clock, answerMs } = request;
  const framing = body === undefined ? {} : { "content-length": String(typeof body === "string" ? Buffer.byteLength(body) : body.length) };
  return new Promise((resolve, reject) => {
    // Not imported: the ESM form of the module is ten times slower to load, for it evaluates every getter, all of fetch among them.
    const sent = process.getBuiltinModule("node:http").request(url, { method, headers: { ...framing, ...request.headers }, agent, timeout: tunnelMs, maxHeaderSize: mostHeaderBytes, ...(lookup === undefined ? {} : { lookup }) });
    // A request that has no connection yet says nothing of its end.
    const giveUp = (error: Error): void => {
      sent.destroy(error);
      settle();
      reject(error);
    };
    const callOff = answerMs === undefined ? undefined : clock.after(answerMs, () => giveUp(toLate(url, answerMs)));
    const unlink = signal === undefined ? undefined : endWith(signal, sent, giveUp);
    const settle = (): void => {
      callOff?.();
      unlink?.();
    };
    sent.once("socket", (socket) => watchConnect(socket, clock, giveUp));
    sent.once("response", (answer) => {
      callOff?.();
      resolve(answer);
    });
    // Heard for as long as the request lives: what comes after its answer is the answer's.
    sent.on("error", reject);
    sent.once("close", () => {
      settle();
      reject(new Error("the connection was closed before there was an answer"));
    });
    sent.end(body);
  });
}

/** Destroys what is under way when the signal is aborted: the request, then its answer, which the request alone would end with another error. Returns how to let go of the signal. */
function endWith(signal: AbortSignal, sent: ClientRequest, giveUp: (error: Error) => void): () => void {
  let begun: IncomingMessage | undefined;
  const stop = (): void => {
    const reason = signal.reason instanceof Error ? signal.reason : new Error("the request was given up", { cause: signal.reason });
    if (begun === undefined) giveUp(reason);
    else begun.destroy(reason);
  };
  signal.addEventListener("abort", stop, { once: true });
  sent.once("response", (answer) => (begun = answer));
  return () => signal.removeEventListener("abort", stop);
}

/** Gives up on a connection that is not made in time. */
function watchConnect(socket: Socket, clock: Pick<Clock, "after">, giveUp: (error: Error) => void): void {
  if (!socket.connecting) return;
  const callOff = clock.after(connectMs, () => giveUp(Object.assign(new Error(`connect ETIMEDOUT: no connection within ${connectMs / 1_000} s`), { code: "ETIMEDOUT", syscall: "connect" })));
  socket.once("connect", callOff);
  socket.once("close", callOff);
}

function toLate(url: URL, milliseconds: number): OmniError {
  return new OmniError("egress.timeout", `${toShownUrl(url)} did not answer within ${milliseconds / 1_000} s; it was given up.`, { retryable: true });
}

/** The body as it was before it was packed for the way. The limit of bytes is applied behind this, so a small bomb is caught while it unfolds. */
async function unpack(answer: IncomingMessage): Promise<Pick<HttpAnswer, "body" | "packing">> {
  const encoding = (answer.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return { body: answer, packing: "none" };
  const { createGunzip, createInflate, createBrotliDecompress, constants } = await import("node:zlib");
  // What has come is handed on at once, and one that leaves its trailer out is whole: whether it was cut, HTTP says.
  const zlib: ZlibOptions = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
  const brotli: BrotliOptions = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH };
  const makers: Readonly<Record<string, (() => NodeJS.ReadWriteStream) | undefined>> = {
    gzip: () => createGunzip(zlib),
    "x-gzip": () => createGunzip(zlib),
    deflate: () => createInflate(zlib),
    br: () => createBrotliDecompress(brotli),
  };
  const unpacked = Object.hasOwn(makers, encoding) ? makers[encoding]?.() : undefined;
  if (!(unpacked instanceof Readable)) return { body: answer, packing: "unknown" };
  const { pipeline } = await import("node:stream");
  pipeline(answer, unpacked, () => undefined);
  return { body: unpacked, packing: "unpacked" };
}
