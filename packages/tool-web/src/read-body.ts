import { isOmniError } from "@omni/core";

/** A body as far as it was read. */
export interface ReadBody {
  readonly bytes: Uint8Array;
  /** Bytes the other side said there are; undefined where it did not. */
  readonly stated?: number;
  /** Why it is not whole: it reached the limit, or the connection ended early and how. */
  readonly cut?: { readonly reason: "limit" } | { readonly reason: "broken"; readonly message: string };
}

/** Bytes after which a body shows what it is. */
const headBytes = 512;

/**
 * Reads a body up to the limit that its first bytes call for, then lets go
 * of it. A body that breaks off or takes too long is given as far as it came;
 * one that gives nothing at all throws what its stream threw.
 */
export async function readBody(response: Response, toLimit: (head: Uint8Array) => number, signal: AbortSignal): Promise<ReadBody> {
  const length = Number(response.headers.get("content-length") ?? "");
  const stated = Number.isSafeInteger(length) && length > 0 ? { stated: length } : {};
  const reader = response.body?.getReader();
  if (reader === undefined) return { bytes: new Uint8Array(), ...stated };
  const chunks: Uint8Array[] = [];
  let count = 0;
  let limit = Infinity;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (value !== undefined) {
        chunks.push(value);
        count += value.length;
      }
      if (limit === Infinity && (done || count >= headBytes)) limit = toLimit(join(chunks, headBytes));
      if (count > limit) return { bytes: join(chunks, limit), cut: { reason: "limit" }, ...stated };
      if (done) return { bytes: join(chunks, count), ...stated };
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (count === 0) throw error;
    return { bytes: join(chunks, Math.min(count, toLimit(join(chunks, headBytes)))), cut: { reason: "broken", message: toMessage(error) }, ...stated };
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

function join(chunks: readonly Uint8Array[], most: number): Uint8Array {
  const size = Math.min(most, chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    if (at >= size) break;
    const part = chunk.subarray(0, size - at);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function toMessage(error: unknown): string {
  if (isOmniError(error) && error.code === "egress.timeout") return "the time was up";
  return "the connection broke off";
}
