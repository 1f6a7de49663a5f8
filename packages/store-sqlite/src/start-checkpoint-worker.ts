import { basename } from "node:path";
import type { CheckpointWorker } from "./checkpoints.ts";
import type { ScrubWorker } from "./scrub.ts";
import { toStoreError } from "./store-error.ts";

/** The database whose files are looked after. Can be sent to another thread. */
export interface CheckpointPlace {
  readonly path: string;
  readonly busyTimeoutMs: number;
}

/** What the thread is asked, one thing at a time. It answers each with a message; `end`, the last, with its own end. */
export type CheckpointRequest = "checkpoint" | "vacuum" | "empty-log" | "end";

/** What came of it: whether all of it could be done, or SQLite's extended result code by name. */
export type CheckpointAnswer = { readonly isWhole: boolean } | { readonly code: string };

/**
 * Starts the worker beside this file: in TypeScript where this is, compiled
 * where this is compiled. A bundle keeps it as a file of its own, named
 * `checkpoint-worker.js`, in the folder of its chunks. It keeps the process
 * alive while it takes erased bytes out, and not otherwise. Throws where no
 * thread can be started.
 */
export function startCheckpointWorker(place: CheckpointPlace): CheckpointWorker & ScrubWorker {
  // Loaded when first needed: few openings of a store start a worker.
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const name = import.meta.url.endsWith(".ts") ? "./checkpoint-worker.ts" : "./checkpoint-worker.js";
  const worker = new Worker(new URL(name, import.meta.url), { workerData: place, name: "omni-checkpoints", env: {}, execArgv: [], argv: [], stdout: true, stderr: true });
  let waiting: PromiseWithResolvers<CheckpointAnswer> | undefined;
  let failure = new Error("the worker has ended");
  let isRunning = true;
  const ended = new Promise<void>((resolve) => {
    worker.on("exit", () => {
      isRunning = false;
      waiting?.reject(failure);
      resolve();
    });
  });
  worker.on("error", (error: Error) => {
    failure = error;
  });
  worker.on("message", (answer: CheckpointAnswer) => waiting?.resolve(answer));
  // Last: whoever begins to listen for messages makes the process wait for them.
  worker.unref();
  const ask = async (request: Exclude<CheckpointRequest, "end">): Promise<boolean> => {
    if (!isRunning) throw failure;
    waiting = Promise.withResolvers();
    worker.postMessage(request, []);
    const answer = await waiting.promise;
    if ("code" in answer) throw toStoreError(answer, basename(place.path));
    return answer.isWhole;
  };
  const askAndStay = async (request: "vacuum" | "empty-log"): Promise<boolean> => {
    worker.ref();
    try {
      return await ask(request);
    } finally {
      worker.unref();
    }
  };
  return {
    checkpoint: async () => void (await ask("checkpoint")),
    vacuum: async () => void (await askAndStay("vacuum")),
    emptyLog: () => askAndStay("empty-log"),
    async end() {
      // Whoever waits for it must not be left behind. It ends by itself: ended from outside while it is in native code it can take the process along.
      if (isRunning) worker.ref();
      worker.postMessage("end" satisfies CheckpointRequest, []);
      await ended;
    },
  };
}
