import type { CheckpointWorker } from "./checkpoints.ts";

/** The database whose checkpoints are made. Can be sent to another thread. */
export interface CheckpointPlace {
  readonly path: string;
  readonly busyTimeoutMs: number;
}

/** What the thread is asked. It answers each checkpoint that it has made with a message; `end` is the last. */
export type CheckpointRequest = "checkpoint" | "end";

/**
 * Starts the worker beside this file: in TypeScript where this is, compiled
 * where this is compiled. A bundle keeps it as a file of its own, named
 * `checkpoint-worker.js`, in the folder of its chunks. It does not keep the
 * process alive. Throws where no thread can be started.
 */
export function startCheckpointWorker(place: CheckpointPlace): CheckpointWorker {
  // Loaded when first needed: few openings of a store start a worker.
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const name = import.meta.url.endsWith(".ts") ? "./checkpoint-worker.ts" : "./checkpoint-worker.js";
  const worker = new Worker(new URL(name, import.meta.url), { workerData: place, name: "omni-checkpoints", env: {}, execArgv: [], argv: [], stdout: true, stderr: true });
  let waiting: PromiseWithResolvers<void> | undefined;
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
  worker.on("message", () => waiting?.resolve());
  // Last: whoever begins to listen for messages makes the process wait for them.
  worker.unref();
  const ask = (request: CheckpointRequest): void => worker.postMessage(request, []);
  return {
    async checkpoint() {
      if (!isRunning) throw failure;
      waiting = Promise.withResolvers();
      ask("checkpoint");
      await waiting.promise;
    },
    async end() {
      // Whoever waits for it must not be left behind. It ends by itself: ended from outside while it is in native code it can take the process along.
      if (isRunning) worker.ref();
      ask("end");
      await ended;
    },
  };
}
