import type { Clock, Embedder, Host } from "@omni/core";
import type { EngineHome } from "./engine-home.ts";
import { createEmbedRest, toMessage } from "./embed-rest.ts";
import { embedAlone } from "./embed-texts.ts";
import { isEmbeddable } from "./embeddable.ts";
import { orAborted } from "./or-aborted.ts";

/** First and longest wait after an embedder failed, or did not do a text, in milliseconds. */
const firstWait = 5_000;
const longestWait = 600_000;
/** What has no vector yet is waited for by a recall, where it is no more than this. */
const mostAwaited = 512;

/** How long a recall waits, in milliseconds. */
export interface QueryWait {
  /** For the vector of its query. */
  readonly query: number;
  /** For the vectors of texts that have none yet, where they are few. */
  readonly others: number;
}

/** Embeds in the background what has no vector of the present embedder. */
export interface EmbeddingQueue {
  /** Says that there may be something to embed, and how much was stored just now. */
  wake(stored?: number): void;
  /**
   * The query's vector; undefined where the embedder does not know its
   * language, fails, or is not ready in time. What was stored just before is
   * embedded first, within a time of its own, so that it is not at a disadvantage.
   */
  embedQuery(query: string, wait: QueryWait, signal?: AbortSignal): Promise<Float32Array | undefined>;
  close(): Promise<void>;
}

/** Makes the queue; nothing happens before it is woken. */
export function createEmbeddingQueue(embedder: Embedder, home: EngineHome, host: Pick<Host, "clock" | "log">): EmbeddingQueue {
  const ending = new AbortController();
  const worker = createBackgroundWork(embedder, home, host, ending.signal);
  return {
    wake: worker.wake,
    async embedQuery(query, wait, signal) {
      if (!isEmbeddable(query, embedder.languages)) return undefined;
      const ended = signal === undefined ? ending.signal : AbortSignal.any([ending.signal, signal]);
      const late = createTimeout(host.clock, wait.query);
      const enough = createTimeout(host.clock, wait.others);
      const vector = orAborted(embedAlone(embedder, query, ended), ended).catch(() => undefined);
      const found = await Promise.race([vector, late.over]);
      // A caller that recalls without a pause would else never let the background come to its turn.
      await (worker.isNearlyDone() ? Promise.race([worker.settled(), enough.over]) : new Promise((resolve) => setImmediate(resolve)));
      late.callOff();
      enough.callOff();
      return found;
    },
    async close() {
      ending.abort();
      await worker.settled();
    },
  };
}

/** A time that can be waited for. */
interface Timeout {
  readonly over: Promise<undefined>;
  callOff(): void;
}

function createTimeout(clock: Clock, milliseconds: number): Timeout {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { over: promise, callOff: clock.after(milliseconds, () => resolve(undefined)) };
}

function createBackgroundWork(embedder: Embedder, home: EngineHome, host: Pick<Host, "clock" | "log">, signal: AbortSignal): { wake(stored?: number): void; isNearlyDone(): boolean; settled(): Promise<void> } {
  const rest = createEmbedRest(embedder, home, host, signal);
  const toWait = (onEnd: () => void): Wait => createWait(host, embedder.identity.model, signal, onEnd);
  const outage = toWait(() => wake());
  const putOff = toWait(() => {
    rest.again();
    wake();
  });
  let running: Promise<void> | undefined;
  let isWanted = false;
  const run = async (): Promise<void> => {
    while (isWanted && !signal.aborted) {
      isWanted = false;
      await rest.run();
    }
    outage.reset();
    if (rest.fault() === undefined) putOff.reset();
  };
  const wake = (stored = 0): void => {
    rest.stored(stored);
    isWanted = true;
    if (running !== undefined || outage.isOn() || signal.aborted) return;
    running = run()
      .catch((error: unknown) => outage.start({ message: toMessage(error) }))
      .finally(() => {
        running = undefined;
        // Texts that fail alone wait for themselves: what else is stored meanwhile is embedded at once.
        const fault = rest.fault();
        if (fault !== undefined && !outage.isOn()) putOff.start(fault);
        if (isWanted) wake();
      });
  };
  return { wake, isNearlyDone: () => rest.left() <= mostAwaited && !outage.isOn(), settled: async () => running };
}

/** The time until what failed is tried again, longer each time. */
interface Wait {
  /** Begins, where it is not on, and says what is wrong. */
  start(fault: { readonly texts?: number; readonly message: string }): void;
  isOn(): boolean;
  /** The next begins with the shortest again. */
  reset(): void;
}

function createWait({ clock, log }: Pick<Host, "clock" | "log">, model: string, signal: AbortSignal, onEnd: () => void): Wait {
  let next = firstWait;
  let isOn = false;
  return {
    start(fault) {
      if (isOn || signal.aborted) return;
      isOn = true;
      log.warn("texts could not be embedded; words alone are used meanwhile", { model, ...fault, retryInMs: next });
      clock.after(next, () => {
        isOn = false;
        onEnd();
      });
      next = Math.min(longestWait, next * 2);
    },
    isOn: () => isOn,
    reset: () => void (next = firstWait),
  };
}
