import type { Embedder, EmbeddingIdentity } from "@omni/core";
import { OmniError } from "@omni/core";

/**
 * Makes an embedder that needs no model: each word falls by its hash into a
 * place of the vector and adds one there, and the vector is brought to
 * length one. Texts that share words are near; meaning is not known to it.
 */
export function createHashEmbedder(dimensions: number = 128): Embedder {
  const identity: EmbeddingIdentity = { model: "hash", dimensions, version: "1" };
  let isClosed = false;
  return {
    identity,
    languages: [],
    async embed(texts, signal) {
      signal.throwIfAborted();
      if (isClosed) throw new OmniError("embedder.failed", "The embedder is closed; make a new one.");
      return texts.map((text) => toVector(text, dimensions));
    },
    async close() {
      isClosed = true;
    },
  };
}

function toVector(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+|[^\p{L}\p{N}\s]/gu) ?? []) {
    const place = toHash(word) % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** FNV-1a over UTF-16 units. */
function toHash(word: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index++) hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
