import type { Embedder, Host, OmniModule } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import { identity, languages, mostTexts, mostUnits, toBody, toVectors } from "./endpoint.ts";

/** Where the endpoint is. */
interface __Name__EmbedderOptions {
  readonly url: string;
}

/** Makes an embedder of an endpoint that takes some texts and answers with their vectors. */
export function create__Name__Embedder({ url }: __Name__EmbedderOptions, host: Pick<Host, "egress">): Embedder {
  const closing = new AbortController();
  return {
    identity,
    languages,
    async embed(texts, signal) {
      if (closing.signal.aborted) throw new OmniError("embedder.failed", "The embedder is closed; make a new one.");
      signal.throwIfAborted();
      const stopping = AbortSignal.any([signal, closing.signal]);
      const asked = texts.filter((text) => text !== "").map((text) => text.slice(0, mostUnits));
      const vectors: Float32Array[] = [];
      while (vectors.length < asked.length) vectors.push(...(await ask(asked.slice(vectors.length, vectors.length + mostTexts), stopping, { url, host })));
      // An empty text says nothing: its vector is zero, and nobody is asked for it.
      const given = vectors.values();
      return texts.map((text) => (text === "" ? undefined : given.next().value) ?? new Float32Array(identity.dimensions));
    },
    async close() {
      closing.abort(new OmniError("embedder.failed", "The embedder was closed while it was asked."));
    },
  };
}

interface Reach {
  readonly url: string;
  readonly host: Pick<Host, "egress">;
}

/** The vectors of a batch, as many as its texts and each as long as it must be: a missing one would shift all that follow. */
async function ask(texts: readonly string[], signal: AbortSignal, { url, host }: Reach): Promise<readonly Float32Array[]> {
  try {
    const response = await host.egress.fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(toBody(texts)), signal }, { configured: true });
    if (!response.ok) throw new OmniError("embedder.failed", `${url} refuses the texts (${response.status}).`, { retryable: response.status === 429 || response.status >= 500 });
    const vectors = toVectors(await response.json());
    const isWhole = vectors?.length === texts.length && vectors.every((vector) => vector.length === identity.dimensions && vector.every(Number.isFinite));
    if (vectors === undefined || !isWhole) throw new OmniError("embedder.failed", `${url} answered without ${texts.length} vectors of ${identity.dimensions} numbers. Check that it is the right address.`);
    return vectors;
  } catch (error) {
    if (isOmniError(error) && error.code === "embedder.failed") throw error;
    signal.throwIfAborted();
    throw new OmniError("embedder.failed", `${url} cannot be reached. Check the address, or try again later.`, { cause: error, retryable: true });
  }
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"embedder", __Name__EmbedderOptions> = {
  slot: "embedder",
  name: "__name__",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { url: { type: "string" } }, required: ["url"], additionalProperties: false },
    parse(value) {
      if (typeof value === "object" && value !== null && "url" in value && typeof value.url === "string" && URL.canParse(value.url)) return { url: value.url };
      throw new OmniError("config.invalid", "embedder.with.url is no address; write it as https://….");
    },
  },
  create: create__Name__Embedder,
};
