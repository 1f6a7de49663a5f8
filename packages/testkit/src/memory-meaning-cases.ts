import type { Embedder, Memory } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { MemoryPlace } from "./memory.ts";
import { memoryScene, recallTexts, storeAll } from "./memory-case.ts";

/** Words of one meaning, by the axis of the meaning. */
const meanings: readonly RegExp[] = [/bicycle|cycling|bike/i, /doctor|physician/i, /harbour|seaport/i];

/** An embedder that knows three things, and makes what `change` makes of its vectors. */
function createMeaningEmbedder(change: (vector: Float32Array, text: string) => Float32Array = (vector) => vector, version: string = "1"): Embedder {
  return {
    identity: { model: "meaning", dimensions: 4, version },
    languages: [],
    embed: async (texts) =>
      texts.map((text) => {
        const known = meanings.map((meaning) => (meaning.test(text) ? 1 : 0));
        return change(Float32Array.from([...known, known.includes(1) ? 0 : 1]), text);
      }),
    close: async () => undefined,
  };
}

const vectors = (change?: (vector: Float32Array, text: string) => Float32Array): { readonly needs: string; readonly embedder: () => Embedder } => ({ needs: "vectors", embedder: () => createMeaningEmbedder(change) });

const texts: readonly string[] = ["Ada rides her bicycle to work.", "Bo saw a physician on Monday.", "The kettle is on the stove."];

/** How a memory with an embedder finds what is meant and not said. */
export const memoryMeaningCases: readonly ContractCase<MemoryPlace>[] = [
  memoryScene("M80", "what has no word in common with the query is found by its meaning", vectors(), async ({ memory }) => {
    await storeAll(memory, texts);
    await allEmbedded(memory);
    expect(await recallTexts(memory, "cycling")).toEqual([texts[0]]);
    expect(await recallTexts(memory, "doctor")).toEqual([texts[1]]);
  }),
  memoryScene("M81", "stats names the embedder, and tells how many have a vector and how many wait", vectors(), async ({ memory }) => {
    const ids = await storeAll(memory, texts);
    await allEmbedded(memory);
    expect(await memory.stats()).toMatchObject({ embedder: "meaning", episodes: 3, vectors: 3, pending: 0 });
    await memory.forget(ids.slice(1));
    expect(await memory.stats()).toMatchObject({ episodes: 1, vectors: 1, pending: 0 });
  }),
  memoryScene(
    "M82",
    "an embedder that fails costs its vectors, and neither storing nor finding by words",
    vectors(() => {
      throw new Error("no vectors today");
    }),
    async ({ memory }) => {
      await storeAll(memory, texts);
      expect(await recallTexts(memory, "bicycle")).toEqual([texts[0]]);
      expect(await memory.stats()).toMatchObject({ vectors: 0, pending: 3 });
    },
  ),
  memoryScene(
    "M83",
    "a vector of a wrong length, or that is not finite, is not kept, and words find what it was for",
    vectors((vector, text) => (text.includes("kettle") ? Float32Array.from([1, 2]) : text.includes("physician") ? vector.map(() => Number.NaN) : vector)),
    async ({ memory }) => {
      for (const text of texts) await storeAll(memory, [text]);
      for (const text of texts) expect((await recallTexts(memory, text))[0]).toBe(text);
      for (const query of ["kettle", "physician"]) expect(await recallTexts(memory, query)).toHaveLength(1);
    },
  ),
  memoryScene("M84", "vectors of another embedder are not compared; all are made anew, and words find meanwhile", vectors(), async ({ memory, reopen }) => {
    await storeAll(memory, texts);
    await allEmbedded(memory);
    await memory.close();
    // The axes have changed places: compared with the old vectors, the query would find the wrong text.
    const other = await reopen(createMeaningEmbedder(([bicycle = 0, doctor = 0, ...rest]) => Float32Array.from([doctor, bicycle, ...rest]), "2"));
    expect(await recallTexts(other, "bicycle")).toEqual([texts[0]]);
    expect(await recallTexts(other, "cycling")).not.toContain(texts[1]);
    await allEmbedded(other);
    expect(await recallTexts(other, "cycling")).toEqual([texts[0]]);
    expect(await other.stats()).toMatchObject({ vectors: 3, pending: 0 });
  }),
  memoryScene("M85", "what was forgotten is not found by its meaning", vectors(), async ({ memory }) => {
    const [first = ""] = await storeAll(memory, texts);
    await allEmbedded(memory);
    await memory.forget([first]);
    expect(await recallTexts(memory, "cycling")).toEqual([]);
  }),
];

/** Waits until no text waits for its vector. */
async function allEmbedded(memory: Memory): Promise<void> {
  for (let look = 0; look < 2_000; look += 1) {
    if ((await memory.stats()).pending === 0) return;
    await recallTexts(memory, "anything");
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("texts still wait for their vectors");
}
