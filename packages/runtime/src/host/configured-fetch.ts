import { isOmniError, OmniError } from "@omni/core";
import { toHttpUrl, toRefused, toShownUrl } from "./egress-target.ts";

/** Most redirects that are followed. */
const mostRedirects = 5;

/**
 * A fetch for addresses the owner configured: private ones are allowed, other
 * schemes are not. A redirect is followed only within the same origin, so that
 * a key is sent nowhere but to the address it was configured for.
 */
export function toConfiguredFetch(send: typeof fetch): typeof fetch {
  return async (input, init = {}) => {
    const request = input instanceof Request ? input : undefined;
    let url = toHttpUrl(request === undefined ? (input as string | URL) : request.url);
    const mode = init.redirect ?? request?.redirect ?? "follow";
    if (mode !== "follow") return send(input, init);
    let current: RequestInit = { ...init, redirect: "manual" };
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const response = await send(hop === 0 && request !== undefined ? request : url, current);
      const next = toNext(response, url);
      if (next === undefined) return response;
      await response.body?.cancel().catch(() => undefined);
      if (next.origin !== url.origin) throw toRefused(url, `it redirects to ${next.origin}; if that is right, configure the new address`);
      if (request !== undefined || !isReplayable(current)) throw toRefused(url, "it redirects, and the body cannot be sent again; configure the new address");
      current = toFollowed(current, response.status);
      url = next;
    }
    throw new OmniError("egress.failed", `${toShownUrl(url)} redirects more than ${mostRedirects} times.`);
  };
}

function toNext(response: Response, from: URL): URL | undefined {
  const location = response.headers.get("location");
  if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return undefined;
  try {
    return toHttpUrl(new URL(location, from));
  } catch (error) {
    if (isOmniError(error)) throw error;
    throw toRefused(from, "it redirects to something that is no URL");
  }
}

function isReplayable(init: RequestInit): boolean {
  return init.body === undefined || init.body === null || typeof init.body === "string" || init.body instanceof Uint8Array || init.body instanceof URLSearchParams;
}

/** As browsers do: a 303, and a 301 or 302 of a POST, becomes a GET without a body. */
function toFollowed(init: RequestInit, status: number): RequestInit {
  const method = (init.method ?? "GET").toUpperCase();
  if (status === 307 || status === 308 || (status !== 303 && method !== "POST") || method === "HEAD") return init;
  const { body: _body, ...rest } = init;
  return { ...rest, method: "GET" };
}
