import type { Embedder, Host } from "@omni/core";
import type { EngineHome } from "./engine-home.ts";
import type { PendingText } from "./vectors.ts";
import { isEmbeddable, toEmbedded } from "./embeddable.ts";
import { orAborted } from "./or-aborted.ts";

/** First and longest wait after an embedder failed, in milliseconds. */
const firstWait = 5_000;
const longestWait = 600_000;
/** Texts that go to the embedder at a time: enough for an endpoint, and few enough for a local one not to hold the thread. */
const textsAtOnce = 16;

/** What has no vector yet is waited for by a recall, where it is no more than this. */
const mostAwaited = 512;

/** Embeds in the background what has no vector of the present embedder. */
export interface EmbeddingQueue {
  /** Says that there may be something to embed, and how much was stored just now. */
  wake(stored?: number): void;
  /**
   * The query's vector; undefined where the embedder does not know its
   * language, fails, or is not ready in time. What was stored just before is
   * embedded first, within the same time, so that it is not at a disadvantage.
   */
  embedQuery(query: string, waitMs: number, signal?: AbortSignal): Promise<Float32Array | undefined>;
  close(): Promise<void>;
}

/** Makes the queue; nothing happens before it is woken. */
export function createEmbeddingQueue(embedder: Embedder, home: EngineHome, host: Pick<Host, "clock" | "log">): EmbeddingQueue {
  const ending = new AbortController();
  const worker = createBackgroundWork(embedder, home, host, ending.signal);
  return {
    wake: worker.wake,
    async embedQuery(query, waitMs, signal) {
      if (!isEmbeddable(query, embedder.languages)) return undefined;
      const signals = signal === undefined ? [ending.signal] : [ending.signal, signal];
      let callOff = (): void => undefined;
      const late = new Promise<undefined>((resolve) => {
        callOff = host.clock.after(waitMs, () => resolve(undefined));
      });
      const vector = embedAlone(embedder, query, AbortSignal.any(signals)).catch(() => undefined);
      const found = await Promise.race([vector, late]);
      // A caller that recalls without a pause would else never let the background come to its turn.
      await (worker.isNearlyDone() ? Promise.race([worker.settled(), late]) : new Promise((resolve) => setImmediate(resolve)));
      callOff();
      return found;
    },
    async close() {
      ending.abort();
      await worker.settled();
    },
  };
}

/** One text's vector; undefined for one that is not fit. Rejects where the embedder fails, which includes giving no list. */
async function embedAlone(embedder: Embedder, text: string, signal: AbortSignal): Promise<Float32Array | undefined> {
  const [first] = await embedder.embed([toEmbedded(text)], signal);
  return isFit(first, embedder) ? first : undefined;
}

/** Whether it is what the embedder names. Somebody else's embedder may give anything, nothing too. */
function isFit(vector: Float32Array | null | undefined, { identity }: Embedder): vector is Float32Array {
  return vector?.length === identity.dimensions && vector.every(Number.isFinite);
}

function createBackgroundWork(embedder: Embedder, home: EngineHome, host: Pick<Host, "clock" | "log">, signal: AbortSignal): { wake(stored?: number): void; isNearlyDone(): boolean; settled(): Promise<void> } {
  const embedRest = createEmbedRest(embedder, home, signal);
  let running: Promise<void> | undefined;
  let isWanted = false;
  let wait = firstWait;
  let isWaiting = false;
  const run = async (): Promise<void> => {
    while (isWanted && !signal.aborted) {
      isWanted = false;
      await embedRest.run();
      wait = firstWait;
    }
  };
  const wake = (stored = 0): void => {
    embedRest.stored(stored);
    isWanted = true;
    if (running !== undefined || isWaiting || signal.aborted) return;
    running = run()
      .catch((error: unknown) => {
        if (signal.aborted) return;
        host.log.warn("texts could not be embedded; words alone are used meanwhile", { model: embedder.identity.model, message: error instanceof Error ? error.message : String(error), retryInMs: wait });
        isWaiting = true;
        host.clock.after(wait, () => {
          isWaiting = false;
          wake();
        });
        wait = Math.min(longestWait, wait * 2);
      })
      .finally(() => {
        running = undefined;
        if (isWanted && !isWaiting) wake();
      });
  };
  return { wake, isNearlyDone: () => embedRest.left() <= mostAwaited && !isWaiting, settled: async () => running };
}

/** Goes through what has no vector, the oldest first, each time on from where it came to. Rejects when the embedder cannot do even one text. */
function createEmbedRest(embedder: Embedder, home: EngineHome, signal: AbortSignal): { run(): Promise<void>; stored(count: number): void; left(): number } {
  const { identity } = embedder;
  let after = 0;
  let left: number | undefined;
  const run = async (): Promise<void> => {
    if (!home.exists()) return;
    left ??= (await home.call("counts", identity)).pending;
    // Mostly there is nothing to do, and what is left by counting is not looked for.
    if (left === 0) return;
    for (;;) {
      const pending = await home.call("pending", identity, after);
      if (pending.length === 0) {
        left = 0;
        return;
      }
      for (let start = 0; start < pending.length; start += textsAtOnce) {
        signal.throwIfAborted();
        const part = pending.slice(start, start + textsAtOnce);
        await home.call("putVectors", identity, await embedSome(embedder, part, signal));
        after = part.at(-1)?.episode ?? after;
        left = Math.max(0, left - part.length);
        // Other work of this thread comes first.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  const stored = (count: number): void => {
    if (left !== undefined) left += count;
  };
  return { run, stored, left: () => left ?? 0 };
}

/** Vectors of some texts. One that the embedder cannot do among others that it can has a vector without a direction, so that it is not tried for ever. */
async function embedSome(embedder: Embedder, pending: readonly PendingText[], signal: AbortSignal): Promise<readonly { readonly episode: number; readonly vector: Float32Array }[]> {
  const empty = new Float32Array(embedder.identity.dimensions);
  const known = pending.filter(({ text }) => isEmbeddable(text, embedder.languages));
  const vectors = new Map<number, Float32Array>();
  try {
    const found = known.length === 0 ? [] : await orAborted(embedder.embed(known.map(({ text }) => toEmbedded(text)), signal), signal);
    for (const [index, { episode }] of known.entries()) vectors.set(episode, toFit(found[index], embedder));
  } catch (error) {
    if (signal.aborted || known.length <= 1) throw error;
    await embedEach(embedder, known, vectors, signal);
    if (vectors.size === 0) throw error;
  }
  return pending.map(({ episode }) => ({ episode, vector: vectors.get(episode) ?? empty }));
}

async function embedEach(embedder: Embedder, known: readonly PendingText[], vectors: Map<number, Float32Array>, signal: AbortSignal): Promise<void> {
  for (const { episode, text } of known) {
    const vector = await orAborted(embedAlone(embedder, text, signal), signal).catch(() => undefined);
    signal.throwIfAborted();
    if (vector !== undefined) vectors.set(episode, vector);
  }
}

function toFit(vector: Float32Array | null | undefined, embedder: Embedder): Float32Array {
  const length = vector?.length;
  if (isFit(vector, embedder)) return vector;
  const { model, dimensions } = embedder.identity;
  throw new Error(`the embedder ${model} gave ${length === undefined ? "no vector" : `a vector of ${length} numbers`} where it names ${dimensions}, or one that is not finite`);
}
