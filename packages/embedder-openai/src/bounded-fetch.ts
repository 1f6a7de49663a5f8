import { OmniError } from "@omni/core";

/** What a bounded fetch is made of. */
export interface BoundedFetchParts {
  readonly fetch: typeof fetch;
  /** All headers of the request, complete: what the vendor's package would send is not sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the try, also while the body is read. */
  readonly signal: AbortSignal;
  /** Scheme, host and port, for messages. */
  readonly origin: string;
}

/** Most bytes of an answer: 2,048 vectors of 3,072 numbers in JSON are about 140 MB, 64 of them 4 MB. */
const largestAnswerBytes = 256 * 1024 * 1024;

/** Most bytes of an error's body. */
const largestErrorBytes = 64 * 1024;

/** Answer headers the vendor's package and the retries look at. */
const keptHeaders = ["retry-after", "retry-after-ms"];

/** The fetch of one try, given to the vendor's package. It sends exactly the headers it was given and hands on only what is JSON and bounded. */
export function createBoundedFetch(parts: BoundedFetchParts): (url: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const response = await parts.fetch(url, { ...init, headers: parts.headers, signal: parts.signal });
    const headers = Object.fromEntries(keptHeaders.flatMap((name) => (response.headers.has(name) ? [[name, response.headers.get(name) ?? ""] as const] : [])));
    if (response.status < 200 || response.status > 599) throw toOdd(parts.origin, `HTTP status ${response.status}`);
    const body = await readBody(response, response.ok ? largestAnswerBytes : largestErrorBytes);
    if (!response.ok) return new Response(body === undefined || body === "" ? null : body, { status: response.status, headers });
    if (body === undefined) throw toOdd(parts.origin, `more than ${largestAnswerBytes} bytes`);
    if (/^\s*</.test(body)) throw toOdd(parts.origin, "a web page");
    return new Response(body, { headers: { ...headers, "content-type": "application/json" } });
  };
}

/** The text of a body; undefined where it is longer than `most`. */
async function readBody(response: Response, most: number): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > most) return undefined;
    pieces.push(decoder.decode(piece, { stream: true }));
  }
  return pieces.join("") + decoder.decode();
}

function toOdd(origin: string, what: string): OmniError {
  return new OmniError("embedder.failed", `The embedding endpoint ${origin} answered with ${what}; check embedder.with.baseUrl, which often ends in /v1.`);
}
