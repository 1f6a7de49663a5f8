import { Worker } from "node:worker_threads";

/** What the thread is asked: one small batch at a time. */
export interface EncodeRequest {
  readonly id: number;
  readonly texts: readonly string[];
}

/** What it answers: a vector for each text, or why there is none. */
export type EncodeReply = { readonly id: number; readonly vectors: readonly Float32Array[] } | { readonly id: number; readonly problem: string };

/** A thread in which texts are encoded. */
export interface EncoderThread {
  post(request: EncodeRequest): void;
  /** Whether the process must stay alive for it. */
  hold(isHeld: boolean): void;
  /** Ends it, whatever it is doing. Idempotent. */
  end(): Promise<void>;
}

/** What is heard from a thread. */
export interface EncoderThreadEvents {
  replied(reply: EncodeReply): void;
  /** It is gone, for a reason in words; called at most once. */
  ended(why: string): void;
}

/** Starts a thread. Throws where none can be started. */
export type StartEncoderThread = (events: EncoderThreadEvents) => EncoderThread;

/**
 * Starts the worker beside this file: in TypeScript where this is, compiled
 * where this is compiled. A bundle keeps it as a file of its own, named
 * `embedder-local-worker.js`, in the folder of its chunks.
 */
export const startEncoderThread: StartEncoderThread = ({ replied, ended }) => {
  const name = import.meta.url.endsWith(".ts") ? "./embedder-local-worker.ts" : "./embedder-local-worker.js";
  // It needs nothing of the environment, and what its libraries print is no business of our output. Nobody reads it either: a stream that is read keeps the process alive.
  const worker = new Worker(new URL(name, import.meta.url), { name: "omni-embedder", env: {}, execArgv: [], argv: [], stdout: true, stderr: true });
  let failure: string | undefined;
  worker.on("message", replied);
  worker.on("messageerror", (error) => {
    failure = error.message;
  });
  worker.on("error", (error) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  worker.on("exit", (code) => ended(failure ?? `exit code ${code}`));
  // Last: whoever begins to listen for messages makes the process wait for them.
  worker.unref();
  return {
    post: (request) => worker.postMessage(request, []),
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  };
};
