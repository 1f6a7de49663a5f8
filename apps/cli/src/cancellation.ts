import type { Terminal } from "./terminal.ts";
import { exitCodes } from "./exit-codes.ts";

/** Longest that a cancelled turn is waited for, in milliseconds. */
const patienceMs = 3_000;

/** The wish of a person, or of the system, that what runs should end. */
export interface Cancellation {
  readonly isAsked: boolean;
  /** Resolves when it was asked for and has been waited for long enough. */
  readonly givenUp: Promise<void>;
  /** Calls `stop` when the end is asked for, at once when it has been; returns how to take it back. */
  onAsked(stop: () => void): () => void;
  /** Stops listening to signals. */
  close(): void;
}

/** Listens to signals: the first asks politely, a second one leaves at once. */
export function createCancellation(terminal: Terminal): Cancellation {
  const givenUp = Promise.withResolvers<void>();
  const stops = new Set<() => void>();
  let isAsked = false;
  let callOff = (): void => undefined;
  const forget = terminal.onSignal(() => {
    if (isAsked) return terminal.leave(exitCodes.cancelled);
    isAsked = true;
    callOff = terminal.after(patienceMs, givenUp.resolve);
    for (const stop of stops) stop();
  });
  return {
    get isAsked() {
      return isAsked;
    },
    givenUp: givenUp.promise,
    onAsked(stop) {
      if (isAsked) stop();
      else stops.add(stop);
      return () => stops.delete(stop);
    },
    close() {
      forget();
      callOff();
    },
  };
}
