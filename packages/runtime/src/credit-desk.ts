import type { Clock, JsonValue, Log, Memory, Store, TurnOutcome } from "@omni/core";
import { toOmniError } from "@omni/core";

/** How long a person may say what a turn was worth before its tools do, milliseconds. */
const waitMs = 120_000;

const kind = "credit";

/** A turn that was shown memories. */
export interface CreditedTurn {
  readonly turnId: string;
  readonly sessionId: string;
  /** Ids of the memories that were shown. */
  readonly ids: readonly string[];
}

/** Decides what a turn says about the memories that were shown in it: a person's word before the tools', and else nothing. */
export interface CreditDesk {
  /**
   * A turn has ended. What its tools say is kept in the store, so that it
   * outlives this process, and counts at the next turn of the session or after
   * two minutes, unless a person was faster.
   */
  ended(turn: CreditedTurn, outcome: TurnOutcome): void;
  /** A person says what a turn was worth, in [0, 1]. Rejects as the memory does. */
  feedback(turn: CreditedTurn, reward: number): Promise<void>;
  /** Ends what runs; what still waits is left to the next turn in this home. */
  close(): Promise<void>;
}

/** What a desk works with. */
export interface CreditDeskParts {
  /** Without one there is nothing to credit. */
  readonly memory: Memory | undefined;
  readonly store: Pick<Store, "getDocument" | "putDocument" | "listDocuments" | "deleteDocument">;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the tools of a turn say, as it waits. */
interface Waiting extends CreditedTurn {
  readonly reward: number;
  /** When it began to wait, Unix milliseconds. */
  readonly at: number;
}

/** Makes a desk. */
export function createCreditDesk(parts: CreditDeskParts): CreditDesk {
  const { memory, store, clock, log } = parts;
  let callOff: (() => void) | undefined;
  let isClosed = false;
  let hasLooked = false;
  let running: Promise<void> = Promise.resolve();
  /** One thing after another, none of them in anybody's way. */
  const later = (work: () => Promise<void>): void => {
    running = running.then(work).catch((error: unknown) => log.warn("the memory could not be told what helped", { message: toOmniError(error).message }));
  };
  /** Looks after two minutes at what has waited that long, and again while anything waits. */
  const wait = (): void => {
    if (isClosed) return;
    callOff ??= clock.after(waitMs, () => {
      callOff = undefined;
      later(async () => {
        if (await settleDue(parts)) wait();
      });
    });
  };
  return {
    ended({ turnId, sessionId, ids }, outcome) {
      if (memory === undefined) return;
      later(async () => {
        // What an earlier process left is looked at once.
        if (!hasLooked && (await settleDue(parts))) wait();
        hasLooked = true;
        const before = await store.getDocument(kind, sessionId);
        if (before !== undefined) await settle(toWaiting(sessionId, before.value), parts);
        const reward = toReward(outcome);
        if (reward === undefined || ids.length === 0) return;
        await store.putDocument(kind, sessionId, { turnId, ids: [...ids], reward, at: clock.now() });
        wait();
      });
    },
    async feedback({ turnId, sessionId, ids }, reward) {
      await running;
      // First come, first counted: what its tools say of the same turn changes nothing after this.
      if (ids.length > 0) await memory?.reinforce({ turnId, ids, reward });
      const waiting = await store.getDocument(kind, sessionId);
      if (waiting !== undefined && toWaiting(sessionId, waiting.value).turnId === turnId) await store.deleteDocument(kind, sessionId);
    },
    async close() {
      isClosed = true;
      callOff?.();
      await running;
    },
  };
}

/** Counts what has waited long enough, also what another process left behind; true while anything waits. */
async function settleDue(parts: CreditDeskParts): Promise<boolean> {
  const now = parts.clock.now();
  let isWaiting = false;
  for (const { id, value } of await parts.store.listDocuments(kind)) {
    const waiting = toWaiting(id, value);
    // A clock that went back makes nothing wait for ever.
    if (Math.abs(now - waiting.at) < waitMs) isWaiting = true;
    else await settle(waiting, parts);
  }
  return isWaiting;
}

/** Counts what the tools of one turn said. */
async function settle({ turnId, sessionId, ids, reward }: Waiting, { memory, store, log }: CreditDeskParts): Promise<void> {
  try {
    await memory?.reinforce({ turnId, ids, reward });
  } catch (error) {
    const { message, retryable } = toOmniError(error);
    log.warn("the memory could not be told what helped", { message });
    if (retryable) return;
  }
  await store.deleteDocument(kind, sessionId);
}

/** Takes out what waits of a session that is erased. */
export async function dropCredit(sessionId: string, store: Pick<Store, "deleteDocument">): Promise<void> {
  await store.deleteDocument(kind, sessionId);
}

/** What waits, as it was written by this program. */
function toWaiting(sessionId: string, value: JsonValue): Waiting {
  const { turnId, ids, reward, at } = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as { readonly [name: string]: JsonValue }) : {};
  return {
    turnId: typeof turnId === "string" ? turnId : "",
    sessionId,
    ids: Array.isArray(ids) ? (ids as readonly JsonValue[]).filter((id) => typeof id === "string") : [],
    reward: typeof reward === "number" ? reward : 0.5,
    at: typeof at === "number" ? at : 0,
  };
}

/** What the calls of a turn say together: 1 where all did what they should, 0 where none did, nothing where they are divided or there were none. */
function toReward({ toolCalls }: TurnOutcome): number | undefined {
  if (toolCalls.length === 0) return undefined;
  const good = toolCalls.filter((call) => call.status === "completed").length;
  if (good === toolCalls.length) return 1;
  return good === 0 ? 0 : undefined;
}
