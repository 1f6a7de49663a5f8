import type { Embedder } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import { describeContract } from "./contract.ts";
import { settlesWithin } from "./settles-within.ts";

/** How far two vectors of one text may lie apart, as a part of their length: what rounding does. */
const rounding = 1e-3;

/** Time within which an embedder ends once it is stopped or closed, milliseconds. */
const graceMs = 1_000;

const texts: readonly string[] = ["The spare bicycle tyre is in the cellar.", "Ada paints boats.", "Lunch is at noon.", "42", "我的自行车钥匙在抽屉里", "Ключ висит на гвозде"];

/** Texts that nobody writes and somebody sends. */
const oddTexts: readonly string[] = ["\0", "a\0b", "\ud800", "\udc00\ud800 half", "\u200b\u202e\ufeff", "e\u0301".repeat(500), "👩‍👩‍👧", " \n\t ", "<|endoftext|> [CLS] [PAD]", "-0", "__proto__", "word ".repeat(200_000), "a".repeat(1_000_000)];

/** Every obligation of `Embedder`; see `docs/contracts/embedder.md`. */
export const embedderContract: readonly ContractCase<Embedder>[] = [
  embedderCase("E1", "its identity names a model, a version and a whole number of dimensions, and stays the same", async (embedder) => {
    const before = { ...embedder.identity };
    for (const text of [before.model, before.version]) expect(text).toMatch(/\S/);
    expect(Number.isSafeInteger(before.dimensions) && before.dimensions > 0).toBe(true);
    await embed(embedder, texts);
    expect(embedder.identity).toEqual(before);
  }),
  embedderCase("E2", "its languages are codes of BCP 47", async ({ languages }) => {
    expect(Intl.getCanonicalLocales([...languages])).toHaveLength(languages.length);
    for (const language of languages) expect(language).toMatch(/^[a-z]{2,3}(-|$)/i);
  }),
  embedderCase("E3", "each text has one vector of as many finite numbers as the identity says", async (embedder) => {
    expectWellFormed(embedder, await embed(embedder, texts), texts.length);
  }),
  embedderCase("E4", "no texts have no vectors", async (embedder) => {
    expect(await embed(embedder, [])).toEqual([]);
  }),
  embedderCase("E5", "the vectors come in the order of the texts", async (embedder) => {
    const alone = [];
    for (const text of texts) alone.push(...(await embed(embedder, [text])));
    for (const [index, vector] of (await embed(embedder, texts)).entries()) {
      const distances = alone.map((other) => apart(vector, other));
      expect(distances.indexOf(Math.min(...distances))).toBe(index);
    }
  }),
  embedderCase("E6", "the same text has the same vector, alone and in company, now and later", async (embedder) => {
    const together = await embed(embedder, [...texts, ...texts]);
    for (const [index, text] of texts.entries()) {
      const [alone] = await embed(embedder, [text]);
      for (const other of [together[index], together[texts.length + index]]) expectSame(alone, other);
    }
  }),
  embedderCase("E7", "an empty text is a zero vector, also among others, and a text of words is not", async (embedder) => {
    const vectors = await embed(embedder, ["", "Ada paints boats.", ""]);
    expect(vectors.map((vector) => lengthOf(vector) > 0)).toEqual([false, true, false]);
    expectWellFormed(embedder, await embed(embedder, [""]), 1);
  }),
  embedderCase("E8", "a text is nearer to one that says almost the same than to one that has nothing to do with it", async (embedder) => {
    const [asked, near, far] = await embed(embedder, ["The spare bicycle tyre is in the cellar.", "The bicycle tyre is in the cellar", "Ada paints boats."]);
    expect(likeness(asked, near)).toBeGreaterThan(likeness(asked, far));
  }),
  embedderCase("E9", "five hundred texts of one call each have the vector of their own", async (embedder) => {
    const many = Array.from({ length: 500 }, (_, index) => `note number ${index} about ${texts[index % texts.length]}`);
    const vectors = await embed(embedder, many);
    expectWellFormed(embedder, vectors, many.length);
    for (const index of [0, 99, 250, 499]) expectSame((await embed(embedder, many.slice(index, index + 1)))[0], vectors[index]);
  }),
  embedderCase("E10", "odd texts and a text of a million letters have finite vectors", async (embedder) => {
    for (const text of oddTexts) expectWellFormed(embedder, await embed(embedder, [text]), 1);
    expectWellFormed(embedder, await embed(embedder, oddTexts), oddTexts.length);
  }),
  embedderCase("E11", "calls at the same time do not mix", async (embedder) => {
    const alone = await embed(embedder, texts);
    const together = await Promise.all(texts.map((text) => embed(embedder, [text])));
    for (const [index, vectors] of together.entries()) expectSame(vectors[0], alone[index]);
  }),
  embedderCase("E12", "a vector belongs to the caller, who may change it", async (embedder) => {
    const [given] = await embed(embedder, ["Ada paints boats."]);
    const before = Float32Array.from(given ?? []);
    given?.fill(0);
    const [again, twin] = await embed(embedder, ["Ada paints boats.", "Ada paints boats."]);
    expectSame(again, before);
    twin?.fill(0);
    expectSame(again, before);
  }),
  embedderCase("E13", "a call whose signal is aborted before or while it runs ends within a second, and before embeds nothing", async (embedder) => {
    await expect(embedder.embed(texts, AbortSignal.abort(new Error("stopped")))).rejects.toThrow();
    const controller = new AbortController();
    const outcome = embedder.embed(Array.from({ length: 200 }, (_, index) => `${index} ${texts.join(" ")}`), controller.signal);
    controller.abort(new Error("stopped"));
    expect(await settlesWithin(outcome, graceMs)).toBe(true);
    expectWellFormed(embedder, await embed(embedder, texts), texts.length);
  }),
  embedderCase("E14", "after close it refuses with embedder.failed", async (embedder) => {
    await embedder.close();
    const outcome = embedder.embed(texts, new AbortController().signal);
    expect(await settlesWithin(outcome, graceMs)).toBe(true);
    await expect(outcome).rejects.toMatchObject({ code: "embedder.failed", message: expect.stringMatching(/\w+ \w+/) });
  }),
  embedderCase("E15", "close may be called again", async (embedder) => {
    await embedder.close();
    await embedder.close();
  }),
];

/** Runs the kit of `Embedder` against an implementation. */
export function describeEmbedder(title: string, create: Create<Embedder>, options?: ContractOptions): void {
  describeContract(title, embedderContract, create, options);
}

function embedderCase(id: string, title: string, body: (embedder: Embedder) => Promise<void>): ContractCase<Embedder> {
  const run: ContractCase<Embedder>["run"] = async (create) => {
    const embedder = await create();
    try {
      await body(embedder);
    } finally {
      await embedder.close().catch(() => undefined);
    }
  };
  return { id, title, run };
}

/** Embeds, and sees that the list of texts is left as it was. */
async function embed(embedder: Embedder, given: readonly string[]): Promise<readonly Float32Array[]> {
  const copy = [...given];
  const vectors = await embedder.embed(copy, new AbortController().signal);
  expect(copy).toEqual(given);
  return vectors;
}

function expectWellFormed({ identity }: Embedder, vectors: readonly Float32Array[], count: number): void {
  expect(vectors.map((vector) => vector.length)).toEqual(Array.from({ length: count }, () => identity.dimensions));
  expect(vectors.map((vector) => vector instanceof Float32Array && vector.every(Number.isFinite))).toEqual(Array.from({ length: count }, () => true));
}

function expectSame(left: Float32Array | undefined, right: Float32Array | undefined): void {
  expect(apart(left, right)).toBeLessThanOrEqual(rounding);
}

/** How far two vectors lie apart, as a part of the longer one; endless where one is missing. */
function apart(left: Float32Array | undefined, right: Float32Array | undefined): number {
  if (left === undefined || right === undefined || left.length !== right.length) return Infinity;
  const longer = Math.max(lengthOf(left), lengthOf(right));
  return longer === 0 ? 0 : lengthOf(left.map((value, index) => value - (right[index] ?? 0))) / longer;
}

/** Cosine of the angle between two vectors. */
function likeness(left: Float32Array | undefined, right: Float32Array | undefined): number {
  if (left === undefined || right === undefined) return Number.NaN;
  const product = left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
  return product / (lengthOf(left) * lengthOf(right));
}

function lengthOf(vector: Float32Array): number {
  return Math.hypot(...vector);
}
