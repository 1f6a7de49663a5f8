import { OmniError } from "@omni/core";
import type { EngineAccess, EnginePlace } from "./engine-access.ts";
import type { EngineReply, EngineRequest } from "./engine-messages.ts";

/** Calls that are with the worker at the same time; the others wait here, where they can still be taken back. */
const mostInFlight = 16;

interface Waiting {
  readonly request: EngineRequest;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** How a worker is started. */
export interface WorkerLife {
  /** The worker is wanted no more; looked at once it is up. */
  readonly signal: AbortSignal;
  /** Called when the worker is gone, for whatever reason. */
  onEnd(): void;
}

/** Opens an engine in a worker of its own. Rejects with `memory.failed` where the database cannot be opened. */
export async function openWorkerEngine(place: EnginePlace, { signal, onEnd }: WorkerLife): Promise<EngineAccess> {
  const { Worker } = await import("node:worker_threads");
  const self = import.meta.url;
  const isSource = self.endsWith(".ts");
  // Beside this file, from source as well as built, and in the program's bundle, which has it as an entry of its own.
  const entry = new URL(isSource ? "./memory-sqlite-worker.ts" : "./memory-sqlite-worker.js", self);
  const worker = new Worker(entry, { workerData: place, name: "memory-sqlite", ...(isSource ? { execArgv: ["--conditions=@omni/source"] } : {}) });
  const calls = createCalls((request) => worker.postMessage(request, []), { ref: () => worker.ref(), unref: () => worker.unref() });
  const opened = calls.expect(0);
  worker.on("message", calls.answer);
  worker.on("error", (error: Error) => calls.end(`the worker of ${place.path} failed: ${error.message}`));
  const ended = new Promise<void>((resolve) => {
    worker.on("exit", () => {
      calls.end(`the worker of ${place.path} has ended`);
      onEnd();
      resolve();
    });
  });
  // It ends by itself once its database is closed. Ended from outside while it is in native code it can take the process along.
  const close = async (): Promise<void> => {
    await calls.send("close", []).catch(() => undefined);
    worker.ref();
    await ended;
  };
  await opened.catch(async (error: unknown) => {
    await close();
    throw error;
  });
  if (signal.aborted) {
    await close();
    throw new OmniError("memory.failed", "The memory is closed; open it again to use it.");
  }
  let closing: Promise<void> | undefined;
  return {
    call: (name, ...values) => calls.send(name, values) as Promise<never>,
    close: () => (closing ??= close()),
  };
}

/** The calls under way. A worker with none does not keep the process alive. */
interface Calls {
  /** Waits for an answer to what was not asked. */
  expect(id: number): Promise<unknown>;
  send(name: EngineRequest["name"], values: readonly unknown[]): Promise<unknown>;
  answer(reply: EngineReply): void;
  end(why: string): void;
}

function createCalls(post: (request: EngineRequest) => void, life: { ref(): void; unref(): void }): Calls {
  const inFlight = new Map<number, Waiting>();
  const queue: Waiting[] = [];
  let last = 0;
  let ended: OmniError | undefined;
  const settle = (id: number): Waiting | undefined => {
    const waiting = inFlight.get(id);
    inFlight.delete(id);
    const next = queue.shift();
    if (next !== undefined) start(next);
    if (inFlight.size === 0) life.unref();
    return waiting;
  };
  const start = (waiting: Waiting): void => {
    inFlight.set(waiting.request.id, waiting);
    life.ref();
    try {
      post(waiting.request);
    } catch (error) {
      settle(waiting.request.id)?.reject(new OmniError("memory.failed", `What was given cannot be sent to the memory's worker: ${error instanceof Error ? error.message : String(error)}.`, { cause: error }));
    }
  };
  const add = (request: EngineRequest, begin: (waiting: Waiting) => void): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (ended === undefined) begin({ request, resolve, reject });
      else reject(ended);
    });
  return {
    expect: (id) => add({ id, name: "close", values: [] }, (waiting) => inFlight.set(id, waiting)),
    send: (name, values) => add({ id: ++last, name, values }, (waiting) => (inFlight.size < mostInFlight ? start(waiting) : void queue.push(waiting))),
    answer({ id, value, error }) {
      const waiting = settle(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new OmniError("memory.failed", error.message, { retryable: error.retryable }));
    },
    end(why) {
      ended ??= new OmniError("memory.failed", `The memory could not answer: ${why}. Try again.`, { retryable: true });
      for (const waiting of [...inFlight.values(), ...queue.splice(0)]) waiting.reject(ended);
      inFlight.clear();
    },
  };
}
