import { OmniError } from "@omni/core";
import type { Attempt } from "./attempt.ts";
import { isLoose, parseJson, toText } from "./read-json.ts";
import type { Loose } from "./read-json.ts";
import { readText, toBadResponse } from "./guarded-body.ts";

/** What a guarded fetch is made of. */
export interface GuardedFetchParts {
  readonly fetch: typeof fetch;
  /** Scheme, host and port, for messages. */
  readonly origin: string;
  /** All headers of a request, complete: what the vendor's package would send is not sent. */
  readonly headers: Readonly<Record<Expected, Readonly<Record<string, string>>>>;
}

/** What is asked for: a streamed reply, or one JSON value. */
export type Expected = "stream" | "json";

/** What one try brings along, in the fetch options of the vendor's package. */
export interface GuardedCall {
  /** Within an origin; the host's way out sees to that. */
  readonly redirect: "follow";
  readonly attempt: Attempt;
  readonly expects: Expected;
}

/** Most bytes of an error's body that are read. */
const largestErrorBytes = 64 * 1024;

/** Most bytes of a JSON answer; a list of a thousand models is a tenth of it. */
const largestJsonBytes = 16 * 1024 * 1024;

/** Answer headers the vendor's package and the retries look at. */
const keptHeaders = ["retry-after", "retry-after-ms", "x-request-id"];

/**
 * The fetch given to the vendor's package. It sends exactly the headers it was
 * given. An error or a JSON value is read here, bounded and timed; a stream is
 * left to be read, where it says that it is one. A whole completion in place
 * of a stream becomes a stream of one chunk.
 */
export function createGuardedFetch(parts: GuardedFetchParts): (url: string | URL | Request, init?: RequestInit) => Promise<Response> {
  const { origin } = parts;
  return async (url, init) => {
    const { attempt, expects, ...rest } = toGuarded(init);
    const response = await parts.fetch(url, { ...rest, headers: parts.headers[expects], signal: attempt.signal });
    if (!response.ok) {
      const headers = pick(response.headers);
      const { text } = await readText(response.body, largestErrorBytes, attempt).catch(() => ({ text: "" }));
      return new Response(text === "" ? null : text, { status: toErrorStatus(response.status), headers });
    }
    const type = response.headers.get("content-type") ?? "";
    const isJson = expects === "json" || (/\bjson\b/i.test(type) && !/ndjson/i.test(type));
    if (/\bhtml\b/i.test(type)) {
      await response.body?.cancel();
      throw toBadResponse(origin, "a web page");
    }
    if (isJson) return toJsonResponse(await readJson(response, attempt, origin), expects, origin);
    if (response.body === null) throw toBadResponse(origin, "nothing");
    return response;
  };
}

function toGuarded(init: RequestInit = {}): RequestInit & GuardedCall {
  if ("attempt" in init && "expects" in init) return init as RequestInit & GuardedCall;
  throw new OmniError("internal", "The vendor's package left out what a call brought along.");
}

async function readJson(response: Response, attempt: Attempt, origin: string): Promise<unknown> {
  const { text, isWhole } = await readText(response.body, largestJsonBytes, attempt);
  if (!isWhole) throw toBadResponse(origin, `more than ${largestJsonBytes} bytes of JSON`);
  const value = parseJson(text);
  if (value === undefined) throw toBadResponse(origin, "broken JSON");
  return value;
}

function toJsonResponse(value: unknown, expects: Expected, origin: string): Response {
  if (expects === "json") return new Response(JSON.stringify(value), { headers: { "content-type": "application/json" } });
  const chunk = toOnlyChunk(value);
  if (chunk === undefined) throw toBadResponse(origin, "JSON that is no completion");
  return new Response(`data: ${JSON.stringify(chunk)}

data: [DONE]

`, { headers: { "content-type": "text/event-stream" } });
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
