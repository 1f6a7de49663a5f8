import type { OmniError, Random } from "@omni/core";

/** The first wait is at most this long, and each further one at most twice the one before. OpenAI's own package begins with as much. */
const firstWaitMs = 500;

/** No wait of our own is longer. */
const longestWaitMs = 8_000;

/** A server that asks for more than this is not waited for: the call fails and says it. */
const longestRetryAfterMs = 60_000;

/**
 * Milliseconds to wait before a request is made again, or undefined where it
 * is not. `attempt` counts from 0. Waits grow exponentially with full jitter;
 * a server's own wish is kept, with jitter on top.
 */
export function toWait(error: OmniError, attempt: number, maxRetries: number, random: Random): number | undefined {
  if (!error.retryable || attempt >= maxRetries) return undefined;
  const ownMs = Math.round(random.next() * Math.min(longestWaitMs, firstWaitMs * 2 ** attempt));
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
  if (seconds !== undefined) return Math.max(0, seconds * 1_000);
  const date = Date.parse(given);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function toNumber(text: string | null): number | undefined {
  if (text === null || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
