import type { Embedder, EmbeddingIdentity, Host } from "@omni/core";
import { OmniError } from "@omni/core";
import type { LocalEmbedderOptions } from "./local-embedder-options.ts";
import type { StartEncoderThread } from "./encoder-thread.ts";
import { createEncoderQueue } from "./encoder-queue.ts";
import { startEncoderThread } from "./encoder-thread.ts";

/** Numbers of a vector of the Universal Sentence Encoder lite. */
const dimensions = 512;

/** How a text becomes a vector; raised when that changes. The packages' version and the cut are part of it. */
const version = "0.2.0/1";

/** Texts and characters of one batch. Alone a sentence takes 19 ms, of eight each takes 8; a fuller batch only makes others wait longer. */
const batchTexts = 8;
const batchCharacters = 4_000;

/** Makes the embedder that encodes sentences in a worker of this process. Nothing is started or loaded before the first text. */
export function createLocalEmbedder(options: LocalEmbedderOptions, host: Host): Embedder {
  return createThreadedEmbedder(options, host, startEncoderThread);
}

/** The same over any way to start its thread. */
export function createThreadedEmbedder(options: LocalEmbedderOptions, host: Host, start: StartEncoderThread): Embedder {
  const { idleMs, batchTimeoutMs, textCharacters } = options;
  const queue = createEncoderQueue({ start, idleMs, batchTimeoutMs, dimensions, clock: host.clock });
  const identity: EmbeddingIdentity = { model: "universal-sentence-encoder-lite", dimensions, version: `${version}/${textCharacters}` };
  let isClosed = false;
  return {
    identity,
    languages: ["en"],
    async embed(texts, signal) {
      signal.throwIfAborted();
      if (isClosed) throw new OmniError("embedder.failed", "The local embedder is closed; make a new one.");
      const cut = texts.map((text) => text.slice(0, textCharacters).toWellFormed());
      const asked = [...new Set(cut)].filter((text) => text.trim() !== "");
      const vectors = new Map<string, Float32Array>();
      for (const batch of toBatches(asked)) {
        const found = await queue.encode(batch, signal);
        for (const [index, text] of batch.entries()) vectors.set(text, found[index] ?? new Float32Array(dimensions));
      }
      return cut.map((text) => vectors.get(text)?.slice() ?? new Float32Array(dimensions));
    },
    async close() {
      isClosed = true;
      await queue.close();
    },
  };
}

function toBatches(texts: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let characters = 0;
  for (const text of texts) {
    const last = batches.at(-1);
    const isFull = last === undefined || last.length >= batchTexts || characters + text.length > batchCharacters;
    if (isFull) batches.push([text]);
    else last.push(text);
    characters = isFull ? text.length : characters + text.length;
  }
  return batches;
}
