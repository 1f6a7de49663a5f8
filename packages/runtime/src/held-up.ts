import type { Clock, OmniError, OmniErrorCode } from "@omni/core";
import { isOmniError } from "@omni/core";

/** What holds a turn up and passes: a disk that is full, a database that another process has locked. */
const passing: ReadonlySet<OmniErrorCode> = new Set<OmniErrorCode>(["store.full", "store.busy"]);

/** First and longest wait before it is tried again, in milliseconds; each is twice the one before. */
const waitsMs = { first: 1_000, longest: 30_000 };

/** A turn that the store may hold up. */
export interface HeldTurn {
  /** Aborted with `turn.cancelled` by a person, with `gateway.draining` by the end of the process. */
  readonly signal: AbortSignal;
  /** Aborted by the end of the process alone, also where the turn was cancelled before. */
  readonly parking: AbortSignal;
  /** Told, each time, that the store does not take what is to be written. The turn goes on when it does. */
  heldUp(error: OmniError): void;
}

/** The waits of one turn, each longer than the one before. */
export interface HoldUp {
  /** Tells why it waits, and does; a cancel or the end of the process cuts that short. */
  wait(error: OmniError): Promise<void>;
}

/** Makes the waits of a turn that begins to be held up. */
export function createHoldUp(turn: HeldTurn, clock: Clock): HoldUp {
  let next = waitsMs.first;
  return {
    async wait(error) {
      const wait = next;
      next = Math.min(2 * wait, waitsMs.longest);
      turn.heldUp(error);
      await clock.sleep(wait, turn.signal.aborted ? turn.parking : turn.signal).catch(() => undefined);
    },
  };
}

/** Does what the store holds up again until it is done. Rejects with whatever else goes wrong, and with what held it up when the process ends. */
export async function untilTaken<T>(body: () => Promise<T>, turn: HeldTurn, clock: Clock): Promise<T> {
  const holdUp = createHoldUp(turn, clock);
  for (;;) {
    try {
      return await body();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (!turn.parking.aborted) await holdUp.wait(error);
      if (turn.parking.aborted) throw error;
    }
  }
}

/** True for an error of the store that ends by itself, or when somebody makes room. */
export function isPassing(error: unknown): error is OmniError {
  return isOmniError(error) && passing.has(error.code);
}
