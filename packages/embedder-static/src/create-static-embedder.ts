import type { Embedder, EmbeddingIdentity, Host } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { StaticEmbedderOptions } from "./static-embedder-options.ts";
import type { WordTable } from "./word-table.ts";
import { openWordTable } from "./word-table.ts";
import { toTextVector } from "./text-vector.ts";

/** Raise the version with every change that gives a text another vector: the table, the words, the weights. */
const identity: EmbeddingIdentity = { model: "omni-static-en", dimensions: 96, version: "1" };

/** Pieces of text after which others get their turn: about a millisecond. */
const piecesATurn = 1_000;

/** Makes the embedder of static word vectors. The table, 1.3 MB, is read at the first text. */
export function createStaticEmbedder(_options: StaticEmbedderOptions, _host: Host): Embedder {
  let opening: Promise<WordTable> | undefined;
  let isClosed = false;
  const refuseClosed = (): void => {
    if (isClosed) throw new OmniError("embedder.failed", "The static embedder is closed; make a new one.");
  };
  return {
    identity,
    languages: ["en"],
    async embed(texts, signal) {
      signal.throwIfAborted();
      refuseClosed();
      if (texts.length === 0) return [];
      opening ??= openTable();
      const table = await opening;
      const vectors: Float32Array[] = [];
      let pieces = 0;
      for (const text of texts) {
        if (pieces > piecesATurn) {
          await new Promise((resolve) => setImmediate(resolve));
          signal.throwIfAborted();
          refuseClosed();
          pieces = 0;
        }
        const made = toTextVector(text, table);
        vectors.push(made.vector);
        pieces += made.pieces + 1;
      }
      return vectors;
    },
    async close() {
      isClosed = true;
      opening = undefined;
    },
  };
}

async function openTable(): Promise<WordTable> {
  try {
    const { staticVectors } = await import("./static-vectors.ts");
    return openWordTable(staticVectors);
  } catch (error) {
    throw toOmniError(error, "embedder.failed");
  }
}
