import type { Embedder, NewEpisode } from "@omni/core";

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

/** Chance that is the same in every run of a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
