import { readFileSync } from "node:fs";
import type { Embedder } from "@omni/core";
import { describe, expect, it } from "vitest";
import { createHashEmbedder } from "../src/fakes/index.ts";
import { describeBroken, describeDocumented, describeEmbedder, embedderContract } from "../src/index.ts";

describeEmbedder("the hash embedder", () => createHashEmbedder());

/** The hash embedder with one thing changed. */
function broken(change: (embedder: Embedder) => Partial<Embedder>): () => Embedder {
  return () => {
    const embedder = createHashEmbedder();
    return { ...embedder, ...change(embedder) };
  };
}

type Vectors = readonly Float32Array[];

/** The hash embedder whose vectors come out differently. */
function changed(change: (vectors: Vectors, texts: readonly string[], call: number) => Vectors): () => Embedder {
  return broken((embedder) => {
    let calls = 0;
    return { embed: async (texts, signal) => change(await embedder.embed(texts, signal), texts, (calls += 1)) };
  });
}

const silent = (): AbortSignal => new AbortController().signal;

/** Gives the very vector it keeps for a text. */
function createKeeping(): Embedder {
  const embedder = createHashEmbedder();
  const kept = new Map<string, Float32Array>();
  const find = async (text: string): Promise<Float32Array> => {
    const [fresh] = await embedder.embed([text], silent());
    const vector = kept.get(text) ?? fresh ?? new Float32Array();
    kept.set(text, vector);
    return vector;
  };
  return {
    ...embedder,
    async embed(texts, signal) {
      signal.throwIfAborted();
      await embedder.embed([], signal);
      return Promise.all(texts.map(find));
    },
  };
}

/** Embeds what was asked last. */
function createMixing(): Embedder {
  const embedder = createHashEmbedder();
  let asked: readonly string[] = [];
  return {
    ...embedder,
    async embed(texts, signal) {
      asked = texts;
      signal.throwIfAborted();
      await Promise.resolve();
      return embedder.embed(asked, signal);
    },
  };
}

describe("the kit of embedders", () => {
  describeBroken(embedderContract, {
    E1: broken((embedder) => ({ identity: { ...embedder.identity, version: "" } })),
    E2: broken(() => ({ languages: ["English"] })),
    E3: changed((vectors) => vectors.map((vector) => vector.slice(1))),
    E4: changed((vectors) => (vectors.length === 0 ? [new Float32Array(128)] : vectors)),
    E5: changed((vectors) => vectors.toReversed()),
    E6: changed((vectors) => (vectors.length === 1 ? vectors.map((vector) => vector.map((value) => value * 1.01)) : vectors)),
    E7: changed((vectors, texts) => vectors.map((vector, index) => (texts[index] === "" ? vector.with(0, 1) : vector))),
    E8: changed((vectors) => vectors.map((vector, index) => vector.with(0, index === 1 ? -9 : 9))),
    E9: changed((vectors) => vectors.map((vector, index) => (index < 256 ? vector : new Float32Array(128)))),
    E10: changed((vectors, texts) => vectors.map((vector, index) => (texts[index]?.includes("\ud800") === true ? vector.fill(Number.NaN) : vector))),
    E11: createMixing,
    E12: createKeeping,
    E13: broken((embedder) => ({ embed: (texts, signal) => (signal.aborted ? embedder.embed(texts, silent()) : embedder.embed(texts, signal)) })),
    E14: broken(() => ({ close: async () => undefined })),
    E15: broken((embedder) => {
      const first = [true];
      return {
        async close() {
          if (first.pop() === undefined) throw new Error("closed already");
          await embedder.close();
        },
      };
    }),
  });
  describeDocumented(embedderContract, readFileSync(new URL("../../../docs/contracts/embedder.md", import.meta.url), "utf8"));

  it("E13 catches an embedder that does not stop", async () => {
    const create = broken((embedder) => ({ embed: (texts, signal) => (texts.length < 200 ? embedder.embed(texts, signal) : new Promise(() => undefined)) }));
    await expect(embedderContract.find((each) => each.id === "E13")?.run(create)).rejects.toThrow();
  });
});
