import type { OmniErrorCode, WebhookRequest, WebhookResponse } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { Call, GatewayParts, Route } from "../route.ts";
import { nobody } from "../auth.ts";
import { setRetryAfter, toErrorResponse } from "../responses.ts";
import { toPeerKey } from "../rate-limit.ts";

/** Headers that are the gateway's own business, or give a stranger's browser something to keep. */
const heldBack: ReadonlySet<string> = new Set(["connection", "content-length", "keep-alive", "set-cookie", "transfer-encoding"]);

/** Statuses of what may go better the next time. */
const statusOfPassing: Partial<Readonly<Record<OmniErrorCode, number>>> = { "channel.failed": 503, "request.invalid": 408 };

/** Where the platforms of channels deliver. Some have several addresses for one channel, and some ask by `GET` whether an address is theirs. */
export const hookRoutes: readonly Route[] = ["/hooks/:channel", "/hooks/:channel/:rest"].flatMap((path) =>
  (["POST", "GET"] as const).map((method): Route => ({
    method,
    path,
    auth: "signature",
    scopes: [],
    about: method === "POST" ? "A delivery of a channel's platform" : "A question of a channel's platform",
    answers: { 200: { about: "As the channel answers its platform; what was delivered is on disk." } },
    handle: answerPlatform,
  })),
);

async function answerPlatform(call: Call, gateway: GatewayParts): Promise<Response> {
  const { runtime, webhooks, maxBodyBytes } = gateway;
  const name = call.param("channel");
  try {
    // Nothing is read for a channel that is not there.
    if (!runtime.channels().some((channel) => channel.name === name)) throw new OmniError("request.not-found", "There is no such channel.");
    const body = await webhooks.read(call.request, maxBodyBytes);
    const response = await runtime.receive(name, toWebhookRequest(call.request, body));
    return response.status === 401 ? refuse(name, call, gateway) : toResponse(response);
  } catch (thrown) {
    const error = toOmniError(thrown);
    const status = error.retryable ? statusOfPassing[error.code] : undefined;
    if (status === undefined) throw thrown;
    return toPassing(error, status, call);
  }
}

function toWebhookRequest({ method, url, headers }: Request, body: Uint8Array): WebhookRequest {
  const { pathname, search } = new URL(url);
  const [, , , ...rest] = pathname.split("/");
  return { method: method === "POST" ? "POST" : "GET", path: rest.map((part) => `/${part}`).join(""), query: search.slice(1), headers: new Map(headers), body };
}

function toResponse({ status, headers = {}, body }: WebhookResponse): Response {
  const response = new Response(body ?? null, { status, headers: Object.entries(headers).filter(([name]) => !heldBack.has(name.toLowerCase())) });
  if (!response.headers.has("retry-after")) setRetryAfter(response, undefined);
  return response;
}

/** A signature that does not fit. Whoever sent it is told no more than that; whoever sends many is told to wait, and whose signature fits is not. */
function refuse(channel: string, { peer, requestId }: Call, { metrics, runtime, webhooks }: GatewayParts): Response {
  const { waitMs, isNews } = webhooks.refused(channel, peer === undefined ? "owner" : toPeerKey(peer));
  if (isNews) runtime.log.warn("a request was refused whose signature does not fit; see to it that platform and channel have the same secret and the right time", { channel, requestId });
  metrics.refused(waitMs > 0 ? "rate" : "signature");
  const error = waitMs > 0 ? new OmniError("request.too-many", "Too many requests whose signature does not fit.", { retryable: true, retryAfterMs: waitMs }) : new OmniError("auth.missing", "The signature is missing, wrong or too old.");
  const response = toErrorResponse(error, { principal: nobody, requestId });
  if (response.status === 401) response.headers.set("www-authenticate", "Signature");
  return response;
}

function toPassing(error: OmniError, status: number, { requestId }: Call): Response {
  const told = toErrorResponse(error, { principal: nobody, requestId });
  const response = new Response(told.body, { status, headers: told.headers });
  setRetryAfter(response, error.retryAfterMs);
  // The rest of the body is on its way.
  if (status === 408) response.headers.set("connection", "close");
  return response;
}
