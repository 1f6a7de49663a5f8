import type { Clock, DurableEvent, Log, OutboxRow, Store } from "@omni/core";
import { isCompanion, isOmniError, isReading } from "@omni/core";
import type { HeldTurn } from "./held-up.ts";
import { untilTaken } from "./held-up.ts";

/** Waits before an append is tried again where the disk is full or the store is locked, in milliseconds. */
const appendRetryMs = [100, 400, 1_500];

/** What a recorder writes with. */
export interface RecorderParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** Writes the events of one turn under one fence. */
export interface TurnRecorder {
  /**
   * Resolves when the event is on disk, may wait for the next one and be
   * written with it, or is being written while nothing but a model is asked.
   * Rows go with it in one transaction, and never wait.
   */
  record(event: DurableEvent, outbox?: readonly OutboxRow[]): Promise<void>;
  /** Writes what has waited. */
  flush(): Promise<void>;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
}

/**
 * A recorder that writes together what may be lost together, so that a turn
 * takes few synchronous writes: companions, calls that only read and their
 * results go with the event that follows them. That is on disk before anything
 * happens outside and before the model sees a result; the model's own reply
 * before any of its calls is made. That a model is asked is written while it
 * answers: a request that is not on record is made again, as one is whose
 * answer was lost.
 *
 * What a full disk or a locked store does not take is kept and written when it
 * does, however long that is: it is the only trace of what was done. Whatever
 * else the store throws stands, and so does what it threw last when the
 * process ends.
 */
export function createTurnRecorder(turn: HeldTurn & { readonly turnId: string }, fence: number, parts: RecorderParts): TurnRecorder {
  const waiting: DurableEvent[] = [];
  let behind: Promise<void> = Promise.resolve();
  const write = async (outbox: readonly OutboxRow[]): Promise<void> => {
    if (waiting.length === 0) return;
    const written: Written = { events: waiting.splice(0), outbox };
    await untilTaken(() => appendSurely(turn.turnId, fence, written, parts), turn, parts.clock);
  };
  const flush = async (outbox: readonly OutboxRow[] = []): Promise<void> => {
    await behind;
    await write(outbox);
  };
  return {
    async record(event, outbox = []) {
      waiting.push(event);
      const holdsReply = waiting.some((each) => each.type === "model-reply");
      const mayWait = isCompanion(event) || (isReading(event) && !holdsReply);
      if (event.type !== "model-call") return mayWait && outbox.length === 0 ? undefined : flush(outbox);
      await behind;
      behind = write(outbox);
      // It is told with the event that comes next.
      behind.catch(() => undefined);
    },
    flush: () => flush(),
    idle: () => behind.catch(() => undefined),
  };
}

/** What is written in one transaction. */
interface Written {
  readonly events: readonly DurableEvent[];
  readonly outbox: readonly OutboxRow[];
}

/** Appends; a full disk or a locked store is waited for a little, then the error stands: whoever waits for the turn is told, and it is tried again later. */
export async function appendSurely(turnId: string, fence: number, { events, outbox }: Written, parts: RecorderParts): Promise<void> {
  await retryWhen(["store.full", "store.busy"], () => parts.store.append(turnId, fence, events, outbox), parts);
}

/** Tries again a few times on these errors of the store. */
export async function retryWhen<T>(codes: readonly string[], body: () => Promise<T>, parts: RecorderParts): Promise<T> {
  for (const wait of appendRetryMs) {
    try {
      return await body();
    } catch (error) {
      if (!isOmniError(error) || !codes.includes(error.code)) throw error;
      parts.log.warn("the store does not take a write; trying again", { code: error.code });
      await parts.clock.sleep(wait);
    }
  }
  return body();
}
