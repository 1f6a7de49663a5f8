import fc from "fast-check";
import type { Embedder, NewEpisode } from "@omni/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MemoryHome } from "./memory-home.ts";
import { clearSimilarity, createMeaningScale, noMeaning } from "../src/meaning.ts";
import { createMemoryHome } from "./memory-home.ts";

const scope = { scope: "user", owner: "me" } as const;
const dimensions = 64;

let home: MemoryHome;
beforeEach(() => {
  home = createMemoryHome();
});
afterEach(() => home.dispose());

/** Numbers that look random and follow from the seed. */
function toDirection(seed: number): Float32Array {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) >>> 0;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
  return Float32Array.from({ length: dimensions }, () => next() + next() + next() - 1.5);
}

/** An embedder to which all texts have `common` of the cosine in common, and to which those are the same that `known` gives the same number. */
function createNoisyEmbedder(common: number, known: (text: string) => number): Embedder {
  const share = Math.sqrt(common);
  const shared = toUnit(toDirection(0));
  return {
    identity: { model: "noisy", dimensions, version: String(common) },
    languages: [],
    embed: async (texts) => texts.map((text) => toUnit(toDirection(known(text))).map((value, index) => share * (shared[index] ?? 0) + Math.sqrt(1 - common) * value)),
    close: async () => undefined,
  };
}

function toUnit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function toNumber(text: string): number {
  return [...text].reduce((hash, character) => Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5);
}

const facts = ["The kettle stands beside the stove.", "Ada mends nets every Tuesday.", "Two oars lie under the bench.", "Bo keeps bees behind the barn.", "The ferry leaves at nine.", "Our roof was tiled in spring."];
const strangers = ["Which tax form covers dividends?", "Recommend a violin sonata.", "How tall can giraffes grow?", "Explain quantum entanglement briefly.", "Translate goodbye into Welsh.", "Best opening against Sicilian defence?", "Who won that tennis final?", "Convert miles into kilometres.", "Draft an apology for missing homework.", "Is basalt volcanic?", "Mortgage rates this quarter", "Compile a kernel module"];

async function remember(embedder: Embedder): Promise<ReturnType<MemoryHome["open"]>> {
  const memory = home.open({ path: `${home.path}.${embedder.identity.version}` }, embedder);
  for (const [index, text] of facts.entries()) await memory.store({ kind: "fact", text, at: index, source: { trusted: true }, scope } satisfies NewEpisode);
  for (let look = 0; look < 10_000 && (await memory.stats()).pending !== 0; look += 1) await new Promise((resolve) => setImmediate(resolve));
  return memory;
}

describe("what is recalled for a prompt by meaning alone", () => {
  it.each([0, 0.2, 0.45, 0.6, 0.75])("is nothing for a query that fits nothing, to an embedder to which any two texts have %d in common", async (common) => {
    const memory = await remember(createNoisyEmbedder(common, toNumber));
    for (const query of strangers) expect([query, await memory.recall(query, { scopes: [scope], limit: 5 })]).toEqual([query, []]);
  });

  it.each([0, 0.2, 0.45, 0.6, 0.75])("is what the embedder knows to be the same, at %d in common", async (common) => {
    const memory = await remember(createNoisyEmbedder(common, (text) => (/kettle|boil/.test(text) ? 7 : toNumber(text))));
    expect((await memory.recall("boil", { scopes: [scope], limit: 5 })).map(({ episode }) => episode.text)).toEqual([facts[0]]);
  });

  it("takes nothing from what its words find, and changes no order among it where meaning weighs nothing", async () => {
    const query = "the ferry leaves the bench";
    const alone = home.open({ path: `${home.path}.words` });
    for (const [index, text] of facts.entries()) await alone.store({ kind: "fact", text, at: index, source: { trusted: true }, scope });
    const memory = await remember(createNoisyEmbedder(0.45, toNumber));
    const unweighed = home.open({ path: `${home.path}.0.45`, vectorWeight: 0 }, createNoisyEmbedder(0.45, toNumber));
    const toTexts = async (from: typeof memory): Promise<readonly string[]> => (await from.recall(query, { scopes: [scope], limit: 6, floor: clearSimilarity / 2 })).map(({ episode }) => episode.text);
    expect(await toTexts(unweighed)).toEqual(await toTexts(alone));
    expect(new Set(await toTexts(memory))).toEqual(new Set(await toTexts(alone)));
  });
});

describe("createMeaningScale", () => {
  it("rises with the cosine, from nothing at what is usual to one", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.record({ mean: share, variance: fc.double({ min: 0, max: 0.1, noNaN: true }), count: fc.nat(10_000) }), share, share, (noise, left, right) => {
        const toMeaning = createMeaningScale(noise);
        const [low, high] = [toMeaning(Math.min(left, right)), toMeaning(Math.max(left, right))];
        expect(low.alone).toBeLessThanOrEqual(high.alone);
        expect(low.nearness).toBeLessThanOrEqual(high.nearness);
        for (const { alone, nearness } of [low, high]) expect(alone >= 0 && alone <= 1 && nearness >= 0 && nearness <= 1).toBe(true);
      }),
    );
    expect(createMeaningScale({ mean: 0.4, variance: 0.01, count: 1_000 })(0.3)).toEqual(noMeaning);
  });

  it("learns from what is kept how much is usual", () => {
    const quiet = createMeaningScale({ mean: 0.1, variance: 0.004, count: 5_000 });
    const unknown = createMeaningScale({ mean: 0, variance: 0, count: 0 });
    expect(quiet(0.5).alone).toBeGreaterThan(clearSimilarity);
    expect(unknown(0.5).alone).toBeLessThan(clearSimilarity / 5);
  });
});
