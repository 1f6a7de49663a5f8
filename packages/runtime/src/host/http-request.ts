import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";
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
  /** How long its answer may take to begin; default: for ever. */
  readonly patience?: { readonly clock: Pick<Clock, "after">; readonly milliseconds: number };
}

/** An answer before anything of its body is read. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  /** Where it redirects to; undefined where it does not say. */
  readonly location: string | undefined;
  /** True where `headers` tells of a packed body. */
  readonly isPacked: boolean;
  /** Unpacked. A connection that breaks is its error. */
  readonly body: Readable;
}

/** What bodies may be packed in, for `accept-encoding`. */
export const packings = "gzip, deflate, br";

/** Most bytes of an answer's headers. */
const mostHeaderBytes = 65_536;

/** Sends one request. Rejects with what the socket says, with the signal's reason, or with `egress.timeout`. */
export async function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  const { url, method, headers, agent, lookup, signal, patience } = request;
  signal?.throwIfAborted();
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    // Not imported: the ESM form of the module is ten times slower to load, for it evaluates every getter, all of fetch among them.
    const sent = process.getBuiltinModule("node:http").request(url, { method, headers, agent, maxHeaderSize: mostHeaderBytes, ...(lookup === undefined ? {} : { lookup }) });
    if (signal !== undefined) endWith(signal, sent);
    const callOff = patience?.clock.after(patience.milliseconds, () => sent.destroy(toLate(url, patience.milliseconds)));
    sent.on("response", (begun) => {
      callOff?.();
      resolve(begun);
    });
    sent.on("error", (error) => {
      callOff?.();
      reject(error);
    });
    sent.end(request.body);
  });
  const body = await unpack(answer);
  return { status: answer.statusCode ?? 0, statusText: answer.statusMessage ?? "", headers: answer.rawHeaders, location: answer.headers.location, isPacked: body !== answer, body };
}

/** Destroys what is under way when the signal is aborted: the request, then its answer, which the request alone would end with another error. */
function endWith(signal: AbortSignal, sent: ClientRequest): void {
  let current: ClientRequest | IncomingMessage = sent;
  const stop = (): void => void current.destroy(signal.reason instanceof Error ? signal.reason : new Error("the request was given up", { cause: signal.reason }));
  signal.addEventListener("abort", stop, { once: true });
  sent.once("response", (answer) => (current = answer));
  sent.once("close", () => signal.removeEventListener("abort", stop));
}

function toLate(url: URL, milliseconds: number): OmniError {
  return new OmniError("egress.timeout", `${toShownUrl(url)} did not answer within ${milliseconds / 1_000} s; it was given up.`, { retryable: true });
}

/** The body as it was before it was packed for the way. The limit of bytes is applied behind this, so a small bomb is caught while it unfolds. */
async function unpack(answer: IncomingMessage): Promise<Readable> {
  const encoding = (answer.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return answer;
  const zlib = await import("node:zlib");
  const makers: Readonly<Record<string, (() => NodeJS.ReadWriteStream) | undefined>> = {
    gzip: () => zlib.createGunzip(),
    "x-gzip": () => zlib.createGunzip(),
    deflate: () => zlib.createInflate(),
    br: () => zlib.createBrotliDecompress(),
  };
  const unpacked = makers[encoding]?.();
  if (unpacked === undefined) {
    answer.destroy();
    throw new Error(`the body is packed in an unknown way (${encoding.slice(0, 40)})`);
  }
  const { pipeline } = await import("node:stream");
  pipeline(answer, unpacked, () => undefined);
  if (!(unpacked instanceof Readable)) throw new Error("the body cannot be unpacked");
  return unpacked;
}
