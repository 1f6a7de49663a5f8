import { OmniError } from "@omni/core";
import type { BodyGuard } from "./guarded-body.ts";
import { isLoose, parseJson, toText } from "./read-json.ts";
import type { Loose } from "./read-json.ts";
import { readText, toBadResponse, toGuardedBytes } from "./guarded-body.ts";

/** What a guarded fetch is made of. */
export interface GuardedFetchParts extends BodyGuard {
  readonly fetch: typeof fetch;
  /** All headers of the request, complete: what the vendor's package would send is not sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is asked for: a streamed reply, or one JSON value. */
  readonly expects: "stream" | "json";
}

/** Most bytes of an error's body that are read. */
const largestErrorBytes = 64 * 1024;

/** Most bytes of a JSON answer; a list of a thousand models is a tenth of it. */
const largestJsonBytes = 16 * 1024 * 1024;

/** Answer headers the vendor's package and the retries look at. */
const keptHeaders = ["retry-after", "retry-after-ms", "x-request-id"];

/**
 * The fetch of one try, given to the vendor's package. It sends exactly the
 * headers it was given, and hands on only bodies that are bounded, timed and
 * of the right kind; a whole completion in place of a stream becomes a stream
 * of one chunk.
 */
export function createGuardedFetch(parts: GuardedFetchParts): (url: string | URL | Request, init?: RequestInit) => Promise<Response> {
  const { attempt, origin } = parts;
  return async (url, init) => {
    const response = await parts.fetch(url, { ...init, headers: parts.headers, signal: attempt.signal });
    const headers = pick(response.headers);
    if (!response.ok) {
      const { text } = await readText(response.body, largestErrorBytes, attempt).catch(() => ({ text: "" }));
      return new Response(text === "" ? null : text, { status: toErrorStatus(response.status), headers });
    }
    const type = response.headers.get("content-type") ?? "";
    const isJson = parts.expects === "json" || (/\bjson\b/i.test(type) && !/ndjson/i.test(type));
    if (/\bhtml\b/i.test(type)) {
      await response.body?.cancel();
      throw toBadResponse(origin, "a web page");
    }
    if (isJson) return toJsonResponse(await readJson(response, parts), headers, parts);
    if (response.body === null) throw toBadResponse(origin, "nothing");
    return new Response(ReadableStream.from(toGuardedBytes(response.body, parts)), { headers: { ...headers, "content-type": "text/event-stream" } });
  };
}

async function readJson(response: Response, { attempt, origin }: GuardedFetchParts): Promise<unknown> {
  const { text, isWhole } = await readText(response.body, largestJsonBytes, attempt);
  if (!isWhole) throw toBadResponse(origin, `more than ${largestJsonBytes} bytes of JSON`);
  const value = parseJson(text);
  if (value === undefined) throw toBadResponse(origin, "broken JSON");
  return value;
}

function toJsonResponse(value: unknown, headers: Readonly<Record<string, string>>, { expects, origin, progress }: GuardedFetchParts): Response {
  progress.hasEnded = true;
  if (expects === "json") return new Response(JSON.stringify(value), { headers: { ...headers, "content-type": "application/json" } });
  const chunk = toOnlyChunk(value);
  if (chunk === undefined) throw toBadResponse(origin, "JSON that is no completion");
  return new Response(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`, { headers: { ...headers, "content-type": "text/event-stream" } });
}

/** A whole completion as the one chunk of a stream; an error as it is; undefined for anything else. */
function toOnlyChunk(value: unknown): Loose | undefined {
  if (!isLoose(value)) return undefined;
  if (value.error !== undefined && value.error !== null) return { error: value.error };
  const choice: unknown = Array.isArray(value.choices) ? value.choices[0] : undefined;
  if (!isLoose(choice) || !isLoose(choice.message)) return undefined;
  return { ...value, choices: [{ index: 0, delta: choice.message, finish_reason: toText(choice.finish_reason) || "stop" }] };
}

function pick(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(keptHeaders.flatMap((name) => [[name, headers.get(name)] as const]).filter((entry): entry is readonly [string, string] => entry[1] !== null));
}

/** A redirect that was not followed, or an odd status, is an answer we cannot use; `Response` takes 200 to 599. */
function toErrorStatus(status: number): number {
  if (status < 200 || status > 599) throw new OmniError("provider.bad-response", `The model endpoint answered with HTTP status ${status}; check provider.with.baseUrl.`);
  return status;
}
