import type { OmniError, Principal } from "@omni/core";
import { toToldMessage } from "@omni/runtime";
import { statusOfError } from "./status-of-error.ts";

/** Seconds a client is asked to wait where the error does not say. */
const defaultRetrySeconds = 1;

/** Headers that every response has: nothing of it is kept, guessed at, framed, run or read by a page of another origin. */
export function toStandardHeaders(requestId: string): Readonly<Record<string, string>> {
  return {
    "x-request-id": requestId,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
  };
}

/** A response whose text is known, for whoever can send that without reading it as a stream. */
export class TextResponse extends Response {
  readonly content: string;

  constructor(content: string, init: ResponseInit) {
    super(content, init);
    this.content = content;
  }
}

/** A response that comes in pieces, for whoever can send them without a stream of the web platform between. */
export class FrameResponse extends Response {
  readonly frames: AsyncGenerator<string, void, undefined>;
  /** Says that nobody reads any more. */
  readonly leave: () => void;
  /** Aborted where the reader has no right to more and does not read: its connection is to be dropped. */
  readonly dropped: AbortSignal;

  constructor(frames: AsyncGenerator<string, void, undefined>, { leave, dropped }: Pick<FrameResponse, "leave" | "dropped">, init: ResponseInit) {
    super(toBytes(frames, leave), init);
    this.frames = frames;
    this.leave = leave;
    this.dropped = dropped;
  }
}

/** Nothing is taken from the frames before it is asked for. */
function toBytes(frames: AsyncGenerator<string, void, undefined>, leave: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await frames.next();
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(next.value));
      },
      async cancel() {
        leave();
        await frames.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A JSON answer. */
export function toJsonResponse(body: object, status = 200): Response {
  return new TextResponse(JSON.stringify(body), { status, headers: { "content-type": "application/json; charset=utf-8" } });
}

/** An answer without a body. */
export function toEmptyResponse(status: number): Response {
  return new Response(null, { status });
}

/** Who an error is told to, and what else the body says (`turn_id`). */
export interface ErrorContext {
  readonly principal: Principal;
  readonly requestId: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** The one form of an error: `{ "error": { code, message, requestId } }` with its status. */
export function toErrorResponse(error: OmniError, context: ErrorContext): Response {
  const { principal, requestId, fields } = context;
  const response = toJsonResponse({ error: { code: error.code, message: toToldMessage(error, principal), requestId }, ...fields }, statusOfError[error.code]);
  if (response.status === 401) response.headers.set("www-authenticate", "Bearer");
  setRetryAfter(response, error.retryAfterMs);
  return response;
}

/** 429 and 503 say when to try again. */
export function setRetryAfter(response: Response, retryAfterMs: number | undefined): void {
  if (response.status !== 429 && response.status !== 503) return;
  const seconds = retryAfterMs === undefined ? defaultRetrySeconds : Math.max(1, Math.ceil(retryAfterMs / 1_000));
  response.headers.set("retry-after", String(seconds));
}
