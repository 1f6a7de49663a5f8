import type { Embedder, EmbeddingIdentity, Host } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { OpenAIEmbedderOptions } from "./openai-embedder-options.ts";
import { openEndpoint } from "./endpoint.ts";
import { toBatches } from "./batches.ts";
import { toWait } from "./retry.ts";

/** How a text becomes what is sent; raised when that changes. The cut is part of it, and so are the languages: a memory keeps an empty vector of a text in none of them. */
const version = 1;

/** Makes an embedder that asks any OpenAI-compatible endpoint. Texts of one call that are the same are asked for once. */
export function createOpenAIEmbedder(options: OpenAIEmbedderOptions, host: Host): Embedder {
  const endpoint = openEndpoint(options, host);
  const closing = new AbortController();
  const identity: EmbeddingIdentity = { model: options.model, dimensions: options.dimensions, version: [version, options.textCharacters, ...toCodes(options.languages)].join("/") };

  const ask = async (texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await endpoint.ask(texts, signal);
      } catch (error) {
        const wait = isOmniError(error) && !signal.aborted ? toWait(error, attempt, options.maxRetries, host.random) : undefined;
        if (wait === undefined) throw error;
        await host.clock.sleep(wait, signal);
      }
    }
  };
  return {
    identity,
    languages: options.languages,
    async embed(texts, caller) {
      caller.throwIfAborted();
      closing.signal.throwIfAborted();
      const signal = AbortSignal.any([caller, closing.signal]);
      const cut = texts.map((text) => text.slice(0, options.textCharacters).toWellFormed());
      const vectors = new Map<string, Float32Array>();
      const asked = [...new Set(cut)].filter((text) => !isBlank(text));
      for (const batch of toBatches(asked, options.batchSize)) {
        const found = await ask(batch, signal);
        for (const [index, text] of batch.entries()) vectors.set(text, found[index] ?? new Float32Array(options.dimensions));
      }
      return cut.map((text) => vectors.get(text)?.slice() ?? new Float32Array(options.dimensions));
    },
    async close() {
      if (!closing.signal.aborted) closing.abort(new OmniError("embedder.failed", "The embedder is closed; make a new one."));
    },
  };
}

/** The same for the same languages, however they are written. */
function toCodes(languages: readonly string[]): readonly string[] {
  return [...new Set(languages.map((language) => language.toLowerCase()))].toSorted();
}

/** Endpoints refuse empty texts; nothing can be found by blanks either. */
function isBlank(text: string): boolean {
  return text.trim() === "";
}
