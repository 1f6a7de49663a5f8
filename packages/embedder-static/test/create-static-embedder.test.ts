import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { createStaticEmbedder, omni, staticEmbedderOptions } from "../src/index.ts";

const embed = async (...texts: readonly string[]): Promise<readonly Float32Array[]> => {
  const embedder = createStaticEmbedder({}, createFakeHost());
  const vectors = await embedder.embed(texts, new AbortController().signal);
  await embedder.close();
  return vectors;
};

const likeness = (left: Float32Array | undefined, right: Float32Array | undefined): number => (left ?? new Float32Array()).reduce((sum, value, index) => sum + value * (right?.[index] ?? 0), 0);

describe("createStaticEmbedder", () => {
  it.each([
    ["What does she do for a living?", "Her job is to teach at the university.", "The train leaves from the third platform."],
    ["Where did they go on holiday?", "We spent the vacation at the beach.", "The compiler reports a syntax error."],
    ["my dog is ill", "the puppy had to see the vet", "the mortgage rate went up"],
    ["Which instrument does he play?", "He practises the violin every evening.", "He paid the electricity bill."],
  ])("puts %j nearer to %j than to %j, though no word is shared", async (asked, near, far) => {
    const vectors = await embed(asked, near, far);
    expect(likeness(vectors[0], vectors[1])).toBeGreaterThan(likeness(vectors[0], vectors[2]) + 0.1);
  });

  it("knows inflected, possessive and hyphenated forms by their words", async () => {
    const [plain, ...others] = await embed("guitar", "guitars", "guitar's", "Guitar’s", "GUITAR");
    for (const other of others) expect(likeness(plain, other)).toBeGreaterThan(0.6);
    const [apart, joined] = await embed("sun protection", "sun-protection");
    expect(likeness(apart, joined)).toBeGreaterThan(0.95);
  });

  it("weighs a rare word over frequent ones", async () => {
    const [asked, rare, frequent] = await embed("the violin of the man", "a violin", "the man of the");
    expect(likeness(asked, rare)).toBeGreaterThan(likeness(asked, frequent));
  });

  it("tells texts of unknown words and other scripts apart", async () => {
    const vectors = await embed("qzxvkj", "wvvxqq", "我的自行车", "Ключ", "👩‍👩‍👧", "→");
    for (const [index, vector] of vectors.entries()) {
      for (const [other, another] of vectors.entries()) if (index !== other) expect(Math.abs(likeness(vector, another))).toBeLessThan(0.6);
      expect(likeness(vector, vector)).toBeCloseTo(1);
    }
  });

  it("reads the beginning of a text of megabytes, and not the rest", async () => {
    const beginning = "the violin of my sister ".repeat(700);
    const [short, long] = await embed(beginning, beginning + "mortgage ".repeat(100_000));
    expect(long).toEqual(short);
  });

  it("lets others have their turn within a large batch, and stops there when it is aborted", async () => {
    const embedder = createStaticEmbedder({}, createFakeHost());
    await embedder.embed(["warm"], new AbortController().signal);
    const controller = new AbortController();
    setImmediate(() => controller.abort(new Error("stopped")));
    await expect(embedder.embed(Array.from({ length: 3_000 }, () => "a text of some words that is embedded"), controller.signal)).rejects.toThrow("stopped");
    const closing = embedder.embed(Array.from({ length: 3_000 }, () => "a text of some words that is embedded"), new AbortController().signal);
    setImmediate(() => void embedder.close());
    await expect(closing).rejects.toMatchObject({ code: "embedder.failed" });
  });

  it("says what it is", () => {
    expect(omni).toMatchObject({ slot: "embedder", name: "static", contract: 1 });
    expect(createStaticEmbedder({}, createFakeHost()).identity).toEqual({ model: "omni-static-en", dimensions: 96, version: "1" });
  });

  it("has no options and refuses what is no object", () => {
    expect(staticEmbedderOptions.parse(undefined)).toEqual({});
    for (const wrong of [null, [], "x", 1]) expect(() => staticEmbedderOptions.parse(wrong)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });
});
