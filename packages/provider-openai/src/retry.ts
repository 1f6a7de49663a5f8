import type { Host, OmniError } from "@omni/core";

/** The first wait is at most this long, and each further one at most twice the one before. OpenAI's own package begins with as much. */
const firstWaitMs = 500;

/** No wait of our own is longer. */
const longestWaitMs = 8_000;

/** A server that asks for more than this is not waited for: the person is told instead. */
const longestRetryAfterMs = 60_000;

/**
 * Milliseconds to wait before a call is made again, or undefined where it is
 * not. `attempt` counts from 0. Waits grow exponentially with full jitter; a
 * server's own wish is kept, with jitter on top so that not everybody comes
 * back at once. A stall has cost minutes already and is met by one more try.
 */
export function toWait(error: OmniError, attempt: number, maxRetries: number, host: Pick<Host, "random">): number | undefined {
  const most = error.code === "provider.stalled" ? Math.min(1, maxRetries) : maxRetries;
  if (!error.retryable || attempt >= most) return undefined;
  const ownMs = Math.round(host.random.next() * Math.min(longestWaitMs, firstWaitMs * 2 ** attempt));
  if (error.retryAfterMs === undefined) return ownMs;
  return error.retryAfterMs > longestRetryAfterMs ? undefined : error.retryAfterMs + Math.min(ownMs, firstWaitMs);
}

/** What a server asks for, in milliseconds: `retry-after-ms`, or `Retry-After` in seconds or as a date. */
export function toRetryAfter(headers: Headers, now: number): number | undefined {
  const exact = toNumber(headers.get("retry-after-ms"));
  if (exact !== undefined) return Math.max(0, exact);
  const given = headers.get("retry-after");
  if (given === null) return undefined;
  const seconds = toNumber(given);
  if (seconds !== undefined) return Math.max(0, seconds * 1000);
  const date = Date.parse(given);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function toNumber(text: string | null): number | undefined {
  if (text === null || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
