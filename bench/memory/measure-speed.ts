import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import type { Embedder, NewEpisode } from "@omni/core";
import { openBenchMemory, waitForVectors } from "./bench-memory.ts";

/** Times in milliseconds, and bytes, of a memory with many episodes. */
export interface SpeedReport {
  readonly episodes: number;
  readonly vectors: boolean;
  /** One episode after another, each durable. */
  readonly store: readonly number[];
  readonly recall: readonly number[];
  /** Answers of a health check of the same process while recalls run without a pause. */
  readonly health: readonly number[];
  /** From making the memory to the first recall's answer, in a process that has the modules. */
  readonly firstRecall: number;
  /** Resident bytes after loading everything, less those before. */
  readonly resident: number;
  readonly fileBytes: number;
}

const dimensions = 384;
const vocabulary = 30_000;
const scope = { scope: "user", owner: "speed" } as const;

/** Fills a memory and times it. */
export async function measureSpeed(episodes: number, hasVectors: boolean): Promise<SpeedReport> {
  const random = createRandom(7);
  const bench = await openBenchMemory(hasVectors ? createCheapEmbedder() : "none");
  try {
    const { memory } = bench;
    const made = Array.from({ length: episodes }, (_, index) => toPassage(index, random));
    for (let start = 0; start < made.length; start += 2_000) await Promise.all(made.slice(start, start + 2_000).map((passage) => memory.store(passage)));
    await waitForVectors(memory);
    const store = await timeEach(100, (index) => memory.store(toPassage(episodes + index, random)));
    await waitForVectors(memory);
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const again = await bench.reopen();
    await again.recall(toSentence(random, 6), { scopes: [scope], limit: 5 });
    const firstRecall = performance.now() - start;
    await waitForVectors(again);
    await timeEach(50, () => again.recall(toSentence(random, 6), { scopes: [scope], limit: 5 }));
    const recall = await timeEach(300, () => again.recall(toSentence(random, 6), { scopes: [scope], limit: 5 }));
    const health = await timeHealth(() => again.recall(toSentence(random, 6), { scopes: [scope], limit: 5 }));
    return { episodes, vectors: hasVectors, store, recall, health, firstRecall, resident: process.memoryUsage().rss - before, fileBytes: (await import("node:fs")).statSync(bench.path).size };
  } finally {
    await bench.dispose();
  }
}

async function timeEach(count: number, body: (index: number) => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await body(index);
    times.push(performance.now() - start);
  }
  return times;
}

/** A server of this process is asked for its health again and again while recalls run. */
async function timeHealth(recall: () => Promise<unknown>): Promise<readonly number[]> {
  const server = createServer((_, response) => response.end("ok"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  let isRunning = true;
  const recalls = (async () => {
    while (isRunning) await recall();
  })();
  const times = await timeEach(300, () => new Promise((resolve, reject) => get({ port, host: "127.0.0.1", path: "/health" }, (response) => response.resume().on("end", resolve)).on("error", reject)));
  isRunning = false;
  await recalls;
  await new Promise((resolve) => server.close(resolve));
  return times;
}

/** Words as rare as in a language (Zipf). */
function toSentence(random: () => number, words: number): string {
  return Array.from({ length: words }, () => `w${Math.floor(vocabulary ** random()).toString(36)}`).join(" ");
}

function toPassage(index: number, random: () => number): NewEpisode {
  return { kind: "passage", text: toSentence(random, 14), speaker: index % 2 === 0 ? "Ada" : "Bo", at: 1_700_000_000_000 + index * 60_000, previous: toSentence(random, 14), next: toSentence(random, 14), source: { sessionId: `s${Math.floor(index / 40)}`, trusted: true }, scope };
}

/** Vectors that cost nothing to make: the memory is measured, not the embedder. */
function createCheapEmbedder(): Embedder {
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

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
