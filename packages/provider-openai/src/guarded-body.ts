import { isOmniError, OmniError } from "@omni/core";
import type { Attempt } from "./attempt.ts";
import { toCut } from "./reply-events.ts";

/** How far a body has come. */
export interface BodyProgress {
  /** True once the body ended as HTTP says it should. */
  hasEnded: boolean;
  /** True while bytes of an event have come and the blank line that ends it has not. */
  isWithinEvent: boolean;
}

/** What a body is held to. */
export interface BodyGuard {
  readonly attempt: Attempt;
  readonly progress: BodyProgress;
  /** Scheme, host and port, for messages. */
  readonly origin: string;
}

/** Most bytes of one server-sent event: far more than any reply is long, and little enough to hold. */
export const largestEventBytes: number = 8 * 1024 * 1024;

/** Most bytes of one streamed reply. A model that writes for an hour stays below. */
export const largestStreamBytes: number = 64 * 1024 * 1024;

/**
 * The bytes of a body as they come, timed. A connection that breaks is
 * `provider.cut`. Where the body is left early the connection is closed,
 * unless `isComplete` says that only its formal end was missing.
 */
async function* toTimedBytes(body: ReadableStream<Uint8Array>, attempt: Attempt, isComplete: () => boolean = () => false): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  let isDone = false;
  try {
    for (;;) {
      attempt.waiting();
      const { value } = await reader.read().catch((error: unknown) => {
        throw toBroken(error);
      });
      attempt.arrived();
      isDone = value === undefined;
      if (value === undefined) return;
      if (value.length > 0) yield value;
    }
  } finally {
    if (!isDone && isComplete()) attempt.linger(finishReading(reader));
    else if (!isDone) await reader.cancel().catch(() => undefined);
  }
}

/** Reads the formal end of a body, so that its connection can serve the next call; gives up on one that goes on. */
async function finishReading(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (let reads = 0; reads < 4; reads++) {
    const { value } = await reader.read().catch(() => ({ value: undefined }));
    if (value === undefined) return;
  }
  await reader.cancel().catch(() => undefined);
}

function toBroken(error: unknown): OmniError {
  const cause = error instanceof Error ? error.cause : undefined;
  const isCompression = typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" && cause.code.startsWith("Z_");
  if (isOmniError(error)) return error;
  return isCompression ? new OmniError("provider.bad-response", "The model endpoint sent compressed bytes that cannot be read; check what stands between here and it.", { cause: error }) : toCut(error);
}

/** Enough of a body's end to hold its last event, `data: [DONE]`, in any framing. */
const longestTail = 32;

/** The bytes of an event stream, unchanged, refused where they are a web page or know no end. */
export async function* toGuardedBytes(body: ReadableStream<Uint8Array>, guard: BodyGuard): AsyncGenerator<Uint8Array, void, undefined> {
  const { progress, origin } = guard;
  const count = createEventCounter();
  let total = 0;
  let tail = "";
  for await (const bytes of toTimedBytes(body, guard.attempt, () => /data: ?\[DONE\]\s*$/.test(tail))) {
    if (total === 0 && isMarkup(bytes)) throw toBadResponse(origin, "a web page");
    total += bytes.length;
    const eventBytes = count(bytes);
    progress.isWithinEvent = eventBytes > 0;
    if (eventBytes > largestEventBytes) throw toBadResponse(origin, `one event of more than ${largestEventBytes} bytes`);
    if (total > largestStreamBytes) throw toBadResponse(origin, `a reply of more than ${largestStreamBytes} bytes`);
    tail = tail.slice(-longestTail) + new TextDecoder("latin1").decode(bytes.subarray(-longestTail));
    yield bytes;
  }
  progress.hasEnded = true;
}

/** At most `most` bytes of a body as text, and whether that was all of it. */
export async function readText(body: ReadableStream<Uint8Array> | null, most: number, attempt: Attempt): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  let total = 0;
  if (body === null) return { text, isWhole: true };
  for await (const bytes of toTimedBytes(body, attempt)) {
    total += bytes.length;
    text += decoder.decode(bytes.subarray(0, Math.max(0, bytes.length - Math.max(0, total - most))), { stream: true });
    if (total > most) return { text, isWhole: false };
  }
  return { text: text + decoder.decode(), isWhole: true };
}

/** The error of an answer that is no reply of a model. */
export function toBadResponse(origin: string, what: string): OmniError {
  return new OmniError("provider.bad-response", `The model endpoint ${origin} answered ${what} in place of a model's reply; check that provider.with.baseUrl points at an OpenAI-compatible API (it often ends in /v1).`);
}

const lineFeed = 10;
const carriageReturn = 13;

/** Counts the bytes since the last blank line, in any of the three newline conventions. */
function createEventCounter(): (bytes: Uint8Array) => number {
  let count = 0;
  let isLineEmpty = true;
  let previous = 0;
  return (bytes) => {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      const isSecondHalf = byte === lineFeed && previous === carriageReturn;
      previous = byte;
      if (byte !== lineFeed && byte !== carriageReturn) {
        isLineEmpty = false;
        count += 1;
      } else if (!isSecondHalf) {
        if (isLineEmpty) count = 0;
        isLineEmpty = true;
      }
    }
    return count;
  };
}

/** True where the first thing to be seen is a `<`. */
function isMarkup(bytes: Uint8Array): boolean {
  return /^[\uFEFF\s]*</.test(new TextDecoder().decode(bytes.subarray(0, 256)));
}
