import type { Embedder, NewEpisode } from "@omni/core";
import { createRandom } from "./create-random.ts";

const dimensions = 384;
const vocabulary = 30_000;

/** Where everything is kept. */
export const scope = { scope: "user", owner: "speed" } as const;

/** Words as rare as in a language (Zipf). */
export function toSentence(random: () => number, words: number): string {
  return Array.from({ length: words }, () => `w${Math.floor(vocabulary ** random()).toString(36)}`).join(" ");
}

/** One thing that was said. */
export function toPassage(index: number, random: () => number): NewEpisode {
  return { kind: "passage", text: toSentence(random, 14), speaker: index % 2 === 0 ? "Ada" : "Bo", at: 1_700_000_000_000 + index * 60_000, previous: toSentence(random, 14), next: toSentence(random, 14), source: { sessionId: `s${Math.floor(index / 40)}`, trusted: true }, scope };
}

/** Vectors that cost nothing to make: the memory is measured, not the embedder. */
export function createCheapEmbedder(): Embedder {
  return {
    identity: { model: "cheap", dimensions, version: "1" },
    languages: [],
    embed: async (texts) =>
      texts.map((text) => {
        const random = createRandom([...text].reduce((hash, character) => Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5));
        return Float32Array.from({ length: dimensions }, () => random() - 0.5);
      }),
    close: async () => undefined,
  };
}
