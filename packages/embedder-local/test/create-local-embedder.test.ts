import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EncodeRequest, StartEncoderThread } from "../src/encoder-thread.ts";
import { createLocalEmbedder, localEmbedderOptions, omni } from "../src/index.ts";
import { createThreadedEmbedder } from "../src/create-local-embedder.ts";

const options = localEmbedderOptions.parse({});
const silent = (): AbortSignal => new AbortController().signal;

/** A thread that answers at once with the length of each text, and keeps what it was asked. */
function createCountingStart(asked: EncodeRequest[]): StartEncoderThread {
  return ({ replied }) => ({
    post: (request) => {
      asked.push(request);
      queueMicrotask(() => replied({ id: request.id, vectors: request.texts.map((text) => new Float32Array(512).fill(text.length)) }));
    },
    hold: () => undefined,
    end: async () => undefined,
  });
}

describe("createLocalEmbedder", () => {
  it("knows that texts without a common word mean the same", async () => {
    const embedder = createLocalEmbedder(options, createFakeHost());
    onTestFinished(() => embedder.close());
    const [asked, near, far] = await embedder.embed(["What does she do for a living?", "Her job is teaching at a school.", "The train leaves from the third platform."], silent());
    const likeness = (other: Float32Array | undefined): number => (asked ?? new Float32Array()).reduce((sum, value, index) => sum + value * (other?.[index] ?? 0), 0);
    expect(likeness(near)).toBeGreaterThan(likeness(far) + 0.1);
  });

  it("leaves the main thread free while it loads and encodes", async () => {
    const embedder = createLocalEmbedder(options, createFakeHost());
    onTestFinished(() => embedder.close());
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await embedder.embed(Array.from({ length: 40 }, (_, index) => `note ${index} about the boat that Ada painted before the summer`), silent());
    clearInterval(timer);
    // With the encoder on this thread there are 26 to 46 turns, between the files it reads and the batches; beside a worker, hundreds.
    expect(turns).toBeGreaterThan(150);
  });
});

describe("a process", () => {
  it("ends by itself when it has its vectors, though nobody closed the embedder", { timeout: 60_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@omni/source", fileURLToPath(new URL("embed-and-end.ts", import.meta.url))], { timeout: 50_000 });
    expect(stdout).toBe("512\n");
  });
});

describe("createThreadedEmbedder", () => {
  it("asks for batches of at most eight texts, each text once, and nothing of blanks", async () => {
    const asked: EncodeRequest[] = [];
    const embedder = createThreadedEmbedder(options, createFakeHost(), createCountingStart(asked));
    const texts = ["", "same", ...Array.from({ length: 20 }, (_, index) => `text ${index}`), "same", " "];
    const vectors = await embedder.embed(texts, silent());
    expect(asked.map((request) => request.texts.length)).toEqual([8, 8, 5]);
    expect(vectors.map((vector) => vector[0])).toEqual(texts.map((text) => text.trim().length));
  });

  it("cuts a long text, and makes batches small where texts are long", async () => {
    const asked: EncodeRequest[] = [];
    const embedder = createThreadedEmbedder({ ...options, textCharacters: 1_500 }, createFakeHost(), createCountingStart(asked));
    await embedder.embed(["a", "b", "c"].map((letter) => letter.repeat(9_000)), silent());
    expect(asked.map((request) => request.texts.map((text) => text.length))).toEqual([[1_500, 1_500], [1_500]]);
    expect(embedder.identity.version).not.toBe(createThreadedEmbedder(options, createFakeHost(), createCountingStart([])).identity.version);
  });
});

describe("the module", () => {
  it("says what it is", () => {
    expect(omni).toMatchObject({ slot: "embedder", name: "local", contract: 1 });
  });

  it("fills in its options and refuses wrong ones", () => {
    expect(localEmbedderOptions.parse(undefined)).toEqual({ textCharacters: 2_000, idleMs: 300_000, batchTimeoutMs: 60_000 });
    for (const wrong of [null, [], "x", { textCharacters: 1 }, { idleMs: 0 }, { idleMs: "1000" }, { batchTimeoutMs: 1.5 }]) expect(() => localEmbedderOptions.parse(wrong)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });
});
