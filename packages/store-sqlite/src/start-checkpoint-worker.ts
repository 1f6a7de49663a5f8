import type { OmniErrorCode } from "@omni/core";
import { OmniError } from "@omni/core";
import type { CheckpointWorker } from "./checkpoints.ts";
import type { ScrubWorker } from "./scrub.ts";

/** The database whose files are looked after. Can be sent to another thread. */
export interface CheckpointPlace {
  readonly path: string;
  readonly busyTimeoutMs: number;
}

/** What the thread is asked, one thing at a time. It answers each with a message; `end`, the last, with its own end. */
export type CheckpointRequest = CheckpointWork | { readonly kind: "end" };
export type CheckpointWork = { readonly kind: "checkpoint" | "vacuum" | "empty-log" } | { readonly kind: "erase"; readonly sessionId: string; readonly at: number };

/** What came of it: whether all of it was done, or the error of Omni that it came to. */
export type CheckpointAnswer = { readonly isDone: boolean } | { readonly code: OmniErrorCode; readonly message: string; readonly retryable: boolean };

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
  const isSource = import.meta.url.endsWith(".ts");
  const entry = new URL(isSource ? "./checkpoint-worker.ts" : "./checkpoint-worker.js", import.meta.url);
  const worker = new Worker(entry, { workerData: place, name: "omni-checkpoints", env: {}, execArgv: isSource ? ["--conditions=@omni/source"] : [], argv: [], stdout: true, stderr: true });
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
  const ask = async (request: CheckpointWork): Promise<boolean> => {
    if (!isRunning) throw failure;
    waiting = Promise.withResolvers();
    worker.postMessage(request, []);
    const answer = await waiting.promise;
    if ("code" in answer) throw new OmniError(answer.code, answer.message, { retryable: answer.retryable });
    return answer.isDone;
  };
  const askAndStay = async (request: CheckpointWork): Promise<boolean> => {
    worker.ref();
    try {
      return await ask(request);
    } finally {
      worker.unref();
    }
  };
  return {
    checkpoint: async () => void (await ask({ kind: "checkpoint" })),
    erase: (sessionId, at) => askAndStay({ kind: "erase", sessionId, at }),
    vacuum: async () => void (await askAndStay({ kind: "vacuum" })),
    emptyLog: () => askAndStay({ kind: "empty-log" }),
    async end() {
      // Whoever waits for it must not be left behind. It ends by itself: ended from outside while it is in native code it can take the process along.
      if (isRunning) worker.ref();
      worker.postMessage({ kind: "end" } satisfies CheckpointRequest, []);
      await ended;
    },
  };
}
