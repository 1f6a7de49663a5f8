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

  it("is found also where thousands of vectors came since the last recall", async () => {
    const embedder = createNoisyEmbedder(0.2, (text) => (/kettle|boil/.test(text) ? 7 : toNumber(text)));
    const memory = home.open({ thread: "caller" }, embedder);
    const store = async (text: string): Promise<string> => memory.store({ kind: "fact", text, at: 0, source: { trusted: true }, scope });
    const recall = async (): Promise<readonly string[]> => (await memory.recall("boil", { scopes: [scope], limit: 5 })).map(({ episode }) => episode.text);
    await store("Two oars lie under the bench.");
    expect(await recall()).toEqual([]);
    await Promise.all([...Array.from({ length: 2_100 }, (_, index) => store(`note ${index}`)), store("The kettle stands beside the stove.")]);
    for (let look = 0; look < 10_000 && (await memory.stats()).pending !== 0; look += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await recall()).toEqual(["The kettle stands beside the stove."]);
    await memory.close();
    const again = home.open({ thread: "caller" }, embedder);
    await Promise.all(Array.from({ length: 2_100 }, (_, index) => again.store({ kind: "fact", text: `more ${index}`, at: 0, source: { trusted: true }, scope })));
    for (let look = 0; look < 10_000 && (await again.stats()).pending !== 0; look += 1) await new Promise((resolve) => setImmediate(resolve));
    expect((await again.recall("boil", { scopes: [scope], limit: 5 })).map(({ episode }) => episode.text)).toEqual(["The kettle stands beside the stove."]);
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

  it("comes in a search after what shares more than a few words", async () => {
    const embedder = createNoisyEmbedder(0.2, (text) => (/boat|leave\?/.test(text) ? 7 : toNumber(text)));
    const memory = home.open({}, embedder);
    const texts = [...Array.from({ length: 60 }, (_, index) => `the ferry ${index}`), "the ferry leaves at nine", "A boat departs."];
    await Promise.all(texts.map((text, index) => memory.store({ kind: "fact", text, at: index, source: { trusted: true }, scope })));
    for (let look = 0; look < 10_000 && (await memory.stats()).pending !== 0; look += 1) await new Promise((resolve) => setImmediate(resolve));
    const found = await memory.recall("when does the ferry leave?", { scopes: [scope], limit: 2, floor: 0 });
    expect(found.map(({ episode }) => episode.text)).toEqual(["the ferry leaves at nine", "A boat departs."]);
  });
});

/** What a query's cosines with all that is kept come to. */
function toScale(cosines: readonly number[]): ReturnType<typeof createMeaningScale> {
  const sample = Float32Array.from(cosines).sort();
  return createMeaningScale({ sample, kept: sample.length, searched: sample.length, nearest: [...sample].reverse().slice(0, 20) });
}

/** Cosines of so many unrelated directions with one. */
function toChance(count: number): readonly number[] {
  const query = toUnit(toDirection(1));
  return Array.from({ length: count }, (_, index) => toUnit(toDirection(index + 2)).reduce((sum, value, at) => sum + value * (query[at] ?? 0), 0));
}

/** The cosine from which on something is clear. */
function toBar(scale: ReturnType<typeof createMeaningScale>): number {
  return Array.from({ length: 1_001 }, (_, index) => index / 1_000).find((cosine) => scale(cosine).alone >= clearSimilarity) ?? Infinity;
}

describe("createMeaningScale", () => {
  it("rises with the cosine, from nothing at what is usual to one", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(share, { maxLength: 200 }), share, share, (cosines, left, right) => {
        const toMeaning = toScale(cosines);
        const [low, high] = [toMeaning(Math.min(left, right)), toMeaning(Math.max(left, right))];
        expect(low.alone).toBeLessThanOrEqual(high.alone);
        expect(low.nearness).toBeLessThanOrEqual(high.nearness);
        for (const { alone, nearness } of [low, high]) expect(alone >= 0 && alone <= 1 && nearness >= 0 && nearness <= 1).toBe(true);
      }),
    );
    expect(toScale(toChance(1_000).map((cosine) => 0.4 + cosine / 2))(0.3)).toEqual(noMeaning);
  });

  it("learns from what is kept how much is usual", () => {
    expect(toScale(toChance(500).map((cosine) => 0.1 + cosine / 2))(0.5).alone).toBeGreaterThan(clearSimilarity);
    expect(toScale(toChance(500).map((cosine) => 0.6 + cosine / 2))(0.7).alone).toBeLessThan(clearSimilarity / 5);
    expect(toScale([])(0.5).alone).toBeLessThan(clearSimilarity / 5);
  });

  it("asks for more where more is searched, as the largest of more chance values is larger", () => {
    const bars = [400, 4_000, 40_000].map((searched) => {
      const sample = Float32Array.from(toChance(4_000)).sort();
      return toBar(createMeaningScale({ sample, kept: 40_000, searched, nearest: [] }));
    });
    expect(bars).toEqual([...new Set(bars)].sort());
  });

  it("is raised by nothing that stands out, and lowered where several do together", () => {
    const noise = toChance(228).map((cosine) => 0.3 + cosine / 2);
    const alone = toBar(toScale([...noise, 0.8]));
    const together = toBar(toScale([...noise, ...Array.from({ length: 12 }, () => 0.8)]));
    expect(alone).toBeCloseTo(toBar(toScale(noise)), 1);
    expect(together).toBeLessThan(alone - 0.03);
  });

  it("is clear of chance: of a thousand unrelated queries a few in a hundred find anything, and of its own group of twelve among twenty a query finds nearly all", () => {
    const centres = Array.from({ length: 20 }, (_, group) => toUnit(toDirection(group + 1)));
    const toMember = (centre: Float32Array, seed: number): Float32Array => {
      const noise = toUnit(toDirection(seed));
      return toUnit(centre.map((value, index) => value + 0.9 * (noise[index] ?? 0)));
    };
    const kept = centres.flatMap((centre, group) => Array.from({ length: 12 }, (_, index) => toMember(centre, 1_000 + 12 * group + index)));
    const toFound = (query: Float32Array): readonly boolean[] => {
      const cosines = kept.map((vector) => vector.reduce((sum, value, index) => sum + value * (query[index] ?? 0), 0));
      const toMeaning = toScale(cosines);
      return cosines.map((cosine) => toMeaning(cosine).alone >= clearSimilarity);
    };
    const chance = Array.from({ length: 1_000 }, (_, index) => toFound(toUnit(toDirection(10_000 + index))).includes(true));
    expect(chance.filter(Boolean).length).toBeLessThan(30);
    const own = centres.flatMap((centre, group) => Array.from({ length: 10 }, (_, index) => toFound(toMember(centre, 20_000 + 10 * group + index)).slice(12 * group, 12 * group + 12)).flat());
    expect(own.filter(Boolean).length / own.length).toBeGreaterThan(0.85);
  });
});
