import { isOmniError, OmniError } from "@omni/core";
import type { Attempt } from "./attempt.ts";
import { toCut } from "./reply-events.ts";

/** Most bytes of one streamed reply. A model that writes for an hour stays below. */
export const largestStreamBytes: number = 64 * 1024 * 1024;

/** Whether a body is read on: `enough` closes its connection, `whole` says that only its formal end is missing. */
export type ReadOn = "more" | "enough" | "whole";

/** The bytes of a body as they come, timed, until `take` has enough. A connection that breaks is `provider.cut`. */
export async function readTimed(body: ReadableStream<Uint8Array>, attempt: Attempt, take: (bytes: Uint8Array) => ReadOn | Promise<ReadOn>): Promise<void> {
  const reader = body.getReader();
  let isLeft = true;
  try {
    for (;;) {
      attempt.waiting();
      const value = await readOnce(reader);
      attempt.arrived();
      if (value === undefined) isLeft = false;
      if (value === undefined) return;
      if (value.length === 0) continue;
      const readOn = await take(value);
      if (readOn === "more") continue;
      if (readOn === "whole") attempt.linger(finishReading(reader));
      isLeft = readOn === "enough";
      return;
    }
  } finally {
    if (isLeft) await reader.cancel().catch(() => undefined);
  }
}

async function readOnce(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return (await reader.read()).value;
  } catch (error) {
    throw toBroken(error);
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
  if (isOmniError(error)) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  return [error, cause].some(isOfPacking) ? new OmniError("provider.bad-response", "The model endpoint sent compressed bytes that cannot be read; check what stands between here and it.", { cause: error }) : toCut(error);
}

/** An error of zlib, bare or as the platform's fetch wraps it. */
function isOfPacking(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
}

/** At most `most` bytes of a body as text, and whether that was all of it. */
export async function readText(body: ReadableStream<Uint8Array> | null, most: number, attempt: Attempt): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  let total = 0;
  if (body === null) return { text, isWhole: true };
  await readTimed(body, attempt, (bytes) => {
    total += bytes.length;
    text += decoder.decode(bytes.subarray(0, Math.max(0, bytes.length - Math.max(0, total - most))), { stream: true });
    return total > most ? "enough" : "more";
  });
  return total > most ? { text, isWhole: false } : { text: text + decoder.decode(), isWhole: true };
}

/** The error of an answer that is no reply of a model. */
export function toBadResponse(origin: string, what: string): OmniError {
  return new OmniError("provider.bad-response", `The model endpoint ${origin} answered ${what} in place of a model's reply; check that provider.with.baseUrl points at an OpenAI-compatible API (it often ends in /v1).`);
}
