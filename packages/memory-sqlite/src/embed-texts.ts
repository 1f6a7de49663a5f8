import type { Embedder } from "@omni/core";
import type { PendingText } from "./vectors.ts";
import { isEmbeddable, toEmbedded } from "./embeddable.ts";
import { orAborted } from "./or-aborted.ts";

/** What came of some texts, by the number of their episode. */
export interface EmbeddedTexts {
  /** For a text in no language of the embedder one without a direction. */
  readonly vectors: ReadonlyMap<number, Float32Array>;
  /** What is wrong with the texts that have none, while the embedder does others. */
  readonly failures: ReadonlyMap<number, unknown>;
}

/** What is asked where nothing succeeds: any embedder can do it that can do anything. */
const harmless = "ok";

/**
 * Embeds texts together, and each alone where that fails. Rejects where the
 * embedder fails altogether: where it can do none of them, nor a harmless one.
 */
export async function embedTexts(embedder: Embedder, pending: readonly PendingText[], signal: AbortSignal): Promise<EmbeddedTexts> {
  const known = pending.filter(({ text }) => isEmbeddable(text, embedder.languages));
  const vectors = new Map(pending.map(({ episode }) => [episode, toDirectionless(embedder)]));
  const failures = new Map<number, unknown>();
  for (const { episode } of known) vectors.delete(episode);
  if (known.length === 0) return { vectors, failures };
  try {
    const found = await orAborted(embedder.embed(known.map(({ text }) => toEmbedded(text)), signal), signal);
    const fit = known.map(({ episode }, index) => [episode, toFit(found[index], embedder)] as const);
    for (const [episode, vector] of fit) vectors.set(episode, vector);
  } catch (error) {
    signal.throwIfAborted();
    if (known.length === 1) failures.set(known[0]?.episode ?? 0, error);
    else await embedEach(embedder, known, { vectors, failures }, signal);
    if (failures.size === known.length && !(await isWorking(embedder, signal))) throw error;
  }
  return { vectors, failures };
}

/** One text's vector. Rejects where the embedder fails, which includes giving no list, or one that is not what it names. */
export async function embedAlone(embedder: Embedder, text: string, signal: AbortSignal): Promise<Float32Array> {
  const [first] = await embedder.embed([toEmbedded(text)], signal);
  return toFit(first, embedder);
}

/** The vector of a text that is near nothing. */
export function toDirectionless({ identity }: Embedder): Float32Array {
  return new Float32Array(identity.dimensions);
}

async function embedEach(embedder: Embedder, known: readonly PendingText[], { vectors, failures }: { readonly vectors: Map<number, Float32Array>; readonly failures: Map<number, unknown> }, signal: AbortSignal): Promise<void> {
  for (const { episode, text } of known) {
    try {
      vectors.set(episode, await orAborted(embedAlone(embedder, text, signal), signal));
    } catch (error) {
      signal.throwIfAborted();
      failures.set(episode, error);
    }
  }
}

async function isWorking(embedder: Embedder, signal: AbortSignal): Promise<boolean> {
  const works = await orAborted(embedAlone(embedder, harmless, signal), signal).then(
    () => true,
    () => false,
  );
  signal.throwIfAborted();
  return works;
}

/** Somebody else's embedder may give anything, nothing too. */
function toFit(vector: Float32Array | null | undefined, { identity: { model, dimensions } }: Embedder): Float32Array {
  const length = vector?.length;
  if (vector?.length === dimensions && vector.every(Number.isFinite)) return vector;
  throw new Error(`the embedder ${model} gave ${length === undefined ? "no vector" : `a vector of ${length} numbers`} where it names ${dimensions}, or one that is not finite`);
}
