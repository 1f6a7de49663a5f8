import type { IncomingMessage, RequestOptions } from "node:http";
import type { LookupFunction } from "node:net";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import type { EgressTarget } from "./egress-target.ts";

/** One request without redirects. */
export interface PinnedRequest {
  readonly target: EgressTarget;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/** An answer before anything of its body is read. */
export interface PinnedAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly body: Readable;
}

/**
 * Sends one request to the validated addresses of its target and to no other:
 * the name is not resolved again, no proxy of the environment is asked, and no
 * connection is reused. Rejects with what the socket says.
 */
export async function sendPinned(request: PinnedRequest): Promise<PinnedAnswer> {
  const { url, addresses } = request.target;
  const library = url.protocol === "https:" ? await import("node:https") : await import("node:http");
  const options: RequestOptions = {
    method: request.method,
    headers: { ...Object.fromEntries(request.headers), host: url.host },
    agent: new library.Agent({ keepAlive: false }),
    lookup: toLookup(addresses),
    signal: request.signal,
    maxHeaderSize: 65_536,
  };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = library.request(url, options, resolve);
    sent.on("error", reject);
    sent.end(request.body);
  });
  return { status: answer.statusCode ?? 0, statusText: answer.statusMessage ?? "", headers: toHeaders(answer.rawHeaders), body: await decode(answer) };
}

/** Answers what was validated, whatever it is asked. */
function toLookup(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };
}

function toHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  return headers;
}

/** The body as it was before it was packed for the way. The limit of bytes is applied behind this, so a small bomb is caught while it unfolds. */
async function decode(answer: IncomingMessage): Promise<Readable> {
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
  if (unpacked === undefined) throw new Error(`the body is packed in an unknown way (${encoding.slice(0, 40)})`);
  const { pipeline } = await import("node:stream");
  pipeline(answer, unpacked, () => undefined);
  if (!(unpacked instanceof Readable)) throw new Error("the body cannot be unpacked");
  return unpacked;
}
