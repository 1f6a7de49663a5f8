import type { Host, OutboundMessage } from "@omni/core";
import { OmniError } from "@omni/core";
import type { WebhookChannelOptions } from "./webhook-channel-options.ts";
import { toSignedHeaders } from "./webhook-signature.ts";

/** Longest time that a receiver can make an answer wait, milliseconds. */
const longestWaitMs = 3_600_000;

/** Calls of the system that come before anything is sent. */
const callsBefore: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"]);

/** Posts an answer. Its receipt is its key: the receiver gives none. Rejects, retryable, where it surely was not taken. */
export async function postAnswer({ conversation, text, idempotencyKey }: OutboundMessage, signal: AbortSignal, from: { readonly options: WebhookChannelOptions; readonly host: Host }): Promise<{ readonly receipt: string }> {
  const { options, host } = from;
  const [secret = ""] = options.secrets;
  const body = new TextEncoder().encode(JSON.stringify({ id: idempotencyKey, conversation, text }));
  const headers = { "content-type": "application/json", "idempotency-key": idempotencyKey, ...toSignedHeaders(body, secret, host.clock.now()) };
  const place = toPlace(options.url);
  let response: Response;
  try {
    // A redirect of a POST may become a GET without the answer, and succeed.
    response = await host.egress.fetch(options.url, { method: "POST", headers, body, signal, redirect: "manual" }, { configured: true });
  } catch (error) {
    if (!signal.aborted && isBeforeSending(error)) throw new OmniError("egress.failed", `Nobody listens at ${place}; see to the receiver of the answers.`, { cause: error, retryable: true });
    throw new OmniError("egress.failed", `${place} did not answer; it may have taken the message.`, { cause: error });
  }
  await response.body?.cancel().catch(() => undefined);
  if (response.ok) return { receipt: idempotencyKey };
  throw toRefusal(response, place);
}

function toRefusal({ status, headers }: Response, place: string): OmniError {
  if (status === 429 || status === 503) return new OmniError("egress.failed", `${place} asks to wait (${status}); the message is sent again later.`, { retryable: true, ...toWait(headers) });
  if (status >= 300 && status < 400) return new OmniError("message.invalid", `${place} redirects (${status}), and an answer is not sent to another address than its own; configure the new one.`);
  if (status >= 400 && status < 500) return new OmniError("message.invalid", `${place} refuses the message (${status}); see to its address and to the secret.`);
  return new OmniError("egress.failed", `${place} failed (${status}); it may have taken the message.`);
}

function toWait(headers: Headers): { readonly retryAfterMs?: number } {
  const seconds = /^\d{1,9}$/.exec(headers.get("retry-after")?.trim() ?? "")?.[0];
  return seconds === undefined ? {} : { retryAfterMs: Math.min(longestWaitMs, Number(seconds) * 1_000) };
}

/** True where no connection came about, whatever the error is wrapped in. */
function isBeforeSending(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(isBeforeSending);
  if ("code" in error && error.code === "ERR_PROXY_TUNNEL") return true;
  if ("syscall" in error && callsBefore.has(error.syscall)) return true;
  return isBeforeSending(error.cause);
}

/** The address for people: without a query, which may hold a secret. */
function toPlace(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
