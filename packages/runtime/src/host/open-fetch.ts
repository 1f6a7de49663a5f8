import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Resolve } from "./egress-target.ts";
import { packings } from "./http-request.ts";
import { sendPinned } from "./pinned-request.ts";
import { toOpenTarget, toRefused, toShownUrl } from "./egress-target.ts";
import { toResponse } from "./http-response.ts";
import { untilAborted } from "./until-aborted.ts";

/** Most redirects that are followed. */
const mostRedirects = 5;

/** Headers that may cross to another origin: none that says who asks. */
const crossingHeaders: readonly string[] = ["accept", "accept-encoding", "accept-language", "user-agent", "range"];

/** How addresses are found and judged, connections timed, and redirects gone. */
export interface OpenWorld {
  readonly clock: Pick<Clock, "after">;
  readonly resolve: Resolve;
  readonly isAllowed: (address: string) => boolean;
  /** True where a redirect to another host is the answer. */
  readonly withinHost: boolean;
}

/** One request on a way of redirects. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array | undefined;
}

/** Fetches from the open world, each redirect judged like a new address. `init.redirect` is honoured. */
export async function followOpen(url: URL, init: RequestInit & { readonly signal: AbortSignal }, world: OpenWorld): Promise<Response> {
  let hop = await toFirstHop(url, init);
  for (let count = 0; count <= mostRedirects; count += 1) {
    init.signal.throwIfAborted();
    const target = await untilAborted(toOpenTarget(hop.url, (host) => world.resolve(host, init.signal), world.isAllowed), init.signal);
    const answer = await sendPinned({ ...hop, target, signal: init.signal, clock: world.clock });
    const { location } = answer;
    if (answer.packing === "unknown") {
      answer.body.destroy();
      throw new OmniError("egress.failed", `${toShownUrl(hop.url)} sent its body packed in a way that is not known.`);
    }
    if (location === undefined || ![301, 302, 303, 307, 308].includes(answer.status) || init.redirect === "manual") return toResponse(answer, hop.url, count > 0);
    if (init.redirect !== "error" && world.withinHost && leadsToOtherHost(hop.url, location)) return toResponse(answer, hop.url, count > 0);
    answer.body.destroy();
    if (init.redirect === "error") throw toRefused(hop.url, "it redirects");
    hop = toNextHop(hop, location, answer.status);
  }
  throw new OmniError("egress.failed", `${toShownUrl(url)} redirects more than ${mostRedirects} times.`);
}

/** Lets the platform turn headers and body into bytes, whatever form they were given in. */
async function toFirstHop(url: URL, init: RequestInit): Promise<Hop> {
  const { signal: _signal, ...rest } = init;
  const request = new Request(url, rest);
  const bytes = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
  const headers = new Headers(request.headers);
  if (!headers.has("accept")) headers.set("accept", "*/*");
  if (!headers.has("user-agent")) headers.set("user-agent", "omni");
  headers.set("accept-encoding", packings);
  headers.delete("host");
  if (bytes !== undefined) headers.set("content-length", String(bytes.length));
  return { url, method: request.method, headers, body: bytes };
}

/** True for a redirect to an address of the web at another host; what is none is for {@link toNextHop} to refuse. */
function leadsToOtherHost(from: URL, location: string): boolean {
  const url = URL.parse(location, from.href);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== from.hostname;
}

/** Where a redirect leads, and what goes along. Throws `egress.refused` for a way that may not be gone. */
export function toNextHop(hop: Hop, location: string, status: number): Hop {
  const url = URL.parse(location, hop.url.href);
  if (url === null) throw toRefused(hop.url, "it redirects to something that is no URL");
  if (hop.url.protocol === "https:" && url.protocol === "http:") throw toRefused(hop.url, "it redirects from https to http");
  const keepsBody = status === 307 || status === 308 || (status !== 303 && hop.method !== "POST") || hop.method === "HEAD";
  const isSameOrigin = url.origin === hop.url.origin;
  if (!isSameOrigin && keepsBody && hop.body !== undefined) throw toRefused(hop.url, `it redirects to ${url.origin}, and a body is not sent to another origin than its own`);
  const kept = [...hop.headers].filter(([name]) => (isSameOrigin ? keepsBody || !name.startsWith("content-") : crossingHeaders.includes(name)));
  return { url, method: keepsBody ? hop.method : "GET", headers: new Headers(kept), body: keepsBody ? hop.body : undefined };
}
