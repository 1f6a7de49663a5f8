import { isOmniError } from "@omni/core";

/** Rounds in which a text fails, while others do not, before it is left to words. With the waits between them they last half an hour. */
const mostRounds = 10;

/** Texts that an embedder failed to do while it did others, by the number of their episode. */
export interface PutOff {
  readonly size: number;
  /** What went wrong with the last. */
  readonly error: unknown;
  /** Puts off what failed, and gives what is not to be tried again: another attempt does not mend it, or has been made often enough. */
  sort(failures: ReadonlyMap<number, unknown>): readonly number[];
  /** Takes out all that is put off; how often each has failed stays known while anything fails. */
  take(): readonly number[];
}

/** Makes an empty one. */
export function createPutOff(): PutOff {
  const waiting = new Set<number>();
  const rounds = new Map<number, number>();
  const putOff = {
    error: undefined as unknown,
    get size() {
      return waiting.size;
    },
    sort(failures: ReadonlyMap<number, unknown>): readonly number[] {
      const lost: number[] = [];
      for (const [episode, error] of failures) {
        const round = (rounds.get(episode) ?? 0) + 1;
        putOff.error = error;
        if (isForGood(error) || round >= mostRounds) {
          rounds.delete(episode);
          lost.push(episode);
        } else {
          rounds.set(episode, round);
          waiting.add(episode);
        }
      }
      return lost;
    },
    take(): readonly number[] {
      const taken = [...waiting];
      for (const episode of rounds.keys()) if (!waiting.has(episode)) rounds.delete(episode);
      waiting.clear();
      return taken;
    },
  };
  return putOff;
}

/** True for what another attempt does not mend. Of what is no error of Omni nobody knows. */
function isForGood(error: unknown): boolean {
  return isOmniError(error) && !error.retryable;
}
