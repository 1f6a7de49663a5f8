import type { Agent, AgentOptions } from "node:http";
import type { Clock } from "@omni/core";
import { isOmniError } from "@omni/core";
import type { HttpRequest } from "./http-request.ts";
import { packings, sendRequest } from "./http-request.ts";
import { toHttpUrl } from "./egress-target.ts";
import { toResponse } from "./http-response.ts";

/** A request in the parts that are sent. */
type Parts = Pick<HttpRequest, "method" | "headers" | "body">;

/**
 * How long a connection is kept for the next request, milliseconds. Less than
 * the 5 s after which servers close one that say nothing of it (uvicorn's, and
 * so that of most model servers), or a request would meet its end.
 */
const idleMs = 4_000;

/** How long a connection is silent before the system asks whether the other end is there, milliseconds. Soon enough for what stands between to keep it, and so late that a model may think through a broken network. */
const probeMs = 60_000;

/** How long an answer may take to begin where the caller sets no bound of its own, milliseconds: as long as for the platform's fetch. */
const answerMs = 300_000;

/**
 * A fetch for servers over Node's own HTTP client, for three fifths of what
 * the platform's costs (docs/benchmarks.md). Connections are kept; a proxy of
 * the environment is asked where Node was told to. It follows no redirect:
 * `follow` is as `manual`. An answer that has begun may take as long as it
 * likes.
 */
export function createDirectFetch(clock: Pick<Clock, "after">): typeof fetch {
  const agents = new Map<string, Agent>();
  const getAgent = (scheme: string): Agent => {
    const found = agents.get(scheme) ?? createAgent(scheme);
    agents.set(scheme, found);
    return found;
  };
  return async (input, init = {}) => {
    const given = input instanceof Request ? input : undefined;
    const url = toHttpUrl(given?.url ?? (input as string | URL));
    const signal = init.signal ?? given?.signal ?? undefined;
    const parts = given === undefined && isPlain(init.body) ? toPlainParts(init, init.body) : await toAnyParts(input, init);
    try {
      const answer = await sendRequest({ ...parts, url, signal, agent: getAgent(url.protocol), clock, answerMs });
      if ((init.redirect ?? given?.redirect) === "error" && answer.location !== undefined && answer.status >= 300 && answer.status < 400) {
        answer.body.destroy();
        throw new Error("it redirects");
      }
      return toResponse(answer, url, false);
    } catch (error) {
      signal?.throwIfAborted();
      if (isOmniError(error)) throw error;
      throw new TypeError("fetch failed", { cause: error });
    }
  };
}

function createAgent(scheme: string): Agent {
  const library = process.getBuiltinModule(scheme === "https:" ? "node:https" : "node:http");
  // What Node was told of proxies is in there; its types leave it out.
  const { options } = library.globalAgent as unknown as { readonly options: AgentOptions };
  return new library.Agent({ ...options, timeout: idleMs, keepAliveMsecs: probeMs });
}

/** True for what nearly every request is: a text or bytes. */
function isPlain(body: RequestInit["body"]): body is string | Uint8Array<ArrayBuffer> | null | undefined {
  return body === undefined || body === null || typeof body === "string" || body instanceof Uint8Array;
}

function toPlainParts({ method = "GET", headers }: RequestInit, body: string | Uint8Array | null | undefined): Parts {
  return { method: method.toUpperCase(), headers: withDefaults(toRecord(headers), typeof body === "string" ? "text/plain;charset=UTF-8" : undefined), body: body ?? undefined };
}

/** Lets the platform turn a form, a blob or a stream into bytes. */
async function toAnyParts(input: Parameters<typeof fetch>[0], { signal: _signal, ...init }: RequestInit): Promise<Parts> {
  const request = new Request(input, { ...init, ...(init.body === undefined || init.body === null ? {} : { duplex: "half" }) });
  const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
  return { method: request.method, headers: withDefaults(toRecord(request.headers), undefined), body };
}

function toRecord(headers: RequestInit["headers"]): Readonly<Record<string, string>> {
  if (headers === undefined || Symbol.iterator in headers) return Object.fromEntries(new Headers(headers));
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), value.trim()]])));
}

function withDefaults(headers: Readonly<Record<string, string>>, type: string | undefined): Readonly<Record<string, string>> {
  return { accept: "*/*", "user-agent": "omni", "accept-encoding": packings, ...(type === undefined ? {} : { "content-type": type }), ...headers };
}
