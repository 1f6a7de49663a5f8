import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openBenchMemory, waitForVectors } from "./bench-memory.ts";
import { createRandom } from "./create-random.ts";
import { createCheapEmbedder, scope, toPassage, toSentence } from "./speed-world.ts";

/** Times in milliseconds, and bytes, of a memory with many episodes. */
export interface SpeedReport {
  readonly episodes: number;
  readonly vectors: boolean;
  /** One episode after another, each durable. */
  readonly store: readonly number[];
  /** The first 300 of a process, while V8 still interprets and compiles. */
  readonly early: readonly number[];
  /** The 300 after those. */
  readonly recall: readonly number[];
  /** Answers of a health check of the same process while recalls run without a pause. */
  readonly health: readonly number[];
  /** From making the memory to the first recall's answer, in a process that has the modules. */
  readonly firstRecall: number;
  /** Resident bytes of a new process after 350 recalls, less those before it made the memory. */
  readonly resident: number;
  readonly fileBytes: number;
}

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
    const start = performance.now();
    const again = await bench.reopen();
    await again.recall(toSentence(random, 6), { scopes: [scope], limit: 5 });
    const firstRecall = performance.now() - start;
    await waitForVectors(again);
    const recallOnce = (): Promise<unknown> => again.recall(toSentence(random, 6), { scopes: [scope], limit: 5 });
    const early = await timeEach(300, recallOnce);
    const recall = await timeEach(300, recallOnce);
    const health = await timeHealth(recallOnce);
    return { episodes, vectors: hasVectors, store, early, recall, health, firstRecall, resident: await measureResident(bench.path, hasVectors), fileBytes: statSync(bench.path).size };
  } finally {
    await bench.dispose();
  }
}

async function measureResident(path: string, hasVectors: boolean): Promise<number> {
  const program = fileURLToPath(new URL("./resident-program.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", "--disable-warning=ExperimentalWarning", "--conditions=@omni/source", program, path, String(hasVectors)]);
  return Number(stdout);
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
