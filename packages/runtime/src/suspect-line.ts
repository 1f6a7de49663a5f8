import type { DurableEvent } from "@omni/core";
import { isCompanion, isReading } from "@omni/core";

/** What a turn has got somewhere by. Waiting for a person is one: a question may stand through any number of restarts. */
const progress: ReadonlySet<DurableEvent["type"]> = new Set<DurableEvent["type"]>(["model-reply", "tool-result", "ask", "answer"]);

/** True for an event that shows that its turn gets somewhere. */
export function isProgress({ type }: DurableEvent): boolean {
  return progress.has(type);
}

/**
 * True for progress that is on the disk once it is told. Replies and reads may
 * wait for what follows them: a turn that ends its process in between gets
 * just as far in each of its lives, and nowhere.
 */
export function isLastingProgress(event: DurableEvent): boolean {
  return isProgress(event) && !isCompanion(event) && !isReading(event);
}

/**
 * Turns that were begun again and again when their process ended. One of them
 * may be the reason, and whoever runs beside it is ended with it and charged
 * an attempt; so they are run one after another, each until it has
 * lastingly got somewhere, and the innocent are told apart from the guilty.
 */
export interface SuspectLine {
  /** Puts the suspects of a recovery into the line, in this order. */
  enter(turnIds: readonly string[]): void;
  /** True while it is not this turn's time yet; false for one that is no suspect. */
  isHeld(turnId: string): boolean;
  /** Resolves when it is this turn's time, at once for one that is no suspect; rejects with the signal's reason. */
  wait(turnId: string, signal: AbortSignal): Promise<void>;
  /** The turn has got somewhere, or has ended: the next one's time has come. */
  pass(turnId: string): void;
}

/** Makes an empty line. */
export function createSuspectLine(): SuspectLine {
  const line: string[] = [];
  let moved = Promise.withResolvers<void>();
  const isHeld = (turnId: string): boolean => line.indexOf(turnId) > 0;
  return {
    enter: (turnIds) => void line.push(...turnIds),
    isHeld,
    async wait(turnId, signal) {
      while (isHeld(turnId)) await orAborted(moved.promise, signal);
    },
    pass(turnId) {
      const index = line.indexOf(turnId);
      if (index === -1) return;
      line.splice(index, 1);
      moved.resolve();
      moved = Promise.withResolvers();
    },
  };
}

function orAborted(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    void wait.then(resolve).finally(() => signal.removeEventListener("abort", stop));
  });
}
