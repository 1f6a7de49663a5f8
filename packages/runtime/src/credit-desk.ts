import type { Clock, JsonValue, Log, Memory, Store, TurnOutcome } from "@omni/core";
import { toOmniError } from "@omni/core";

/** How long a person may say what a turn was worth before its tools do, milliseconds. */
const waitMs = 120_000;

/** What the tools of a session's last turn say, while it waits. */
const kind = "credit";
/** The turn of a session that was counted last. */
const countedKind = "credited";

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
  /** A person says what a turn was worth, in [0, 1]. False where it was counted before, which stays. Rejects as the memory does. */
  feedback(turn: CreditedTurn, reward: number): Promise<boolean>;
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
  const inTurn = createSessionOrder();
  const lines = { ...parts, inTurn };
  /** None of it in anybody's way. */
  const later = (work: Promise<void>): void => void work.catch((error: unknown) => log.warn("the memory could not be told what helped", { message: toOmniError(error).message }));
  /** Looks after two minutes at what has waited that long, and again while anything waits. */
  const wait = (): void => {
    if (isClosed) return;
    callOff ??= clock.after(waitMs, () => {
      callOff = undefined;
      look();
    });
  };
  const look = (): void =>
    later(
      inTurn.alone(async () => {
        if (await settleDue(lines)) wait();
      }),
    );
  return {
    ended({ turnId, sessionId, ids }, outcome) {
      if (memory === undefined) return;
      // What an earlier process left is looked at once.
      if (!hasLooked) look();
      hasLooked = true;
      later(
        inTurn.of(sessionId, async () => {
          const before = await store.getDocument(kind, sessionId);
          if (before !== undefined) await settle(toWaiting(sessionId, before.value), parts);
          const reward = toReward(outcome);
          if (reward === undefined || ids.length === 0) return;
          await store.putDocument(kind, sessionId, { turnId, ids: [...ids], reward, at: clock.now() });
          wait();
        }),
      );
    },
    feedback: (turn, reward) => inTurn.of(turn.sessionId, () => hear(turn, reward, parts)),
    async close() {
      isClosed = true;
      callOff?.();
      await inTurn.idle();
    },
  };
}

/** Counts what a person says of a turn. First come, first counted: what its tools say of it, or a person says again, changes nothing after this. */
async function hear(turn: CreditedTurn, reward: number, parts: CreditDeskParts): Promise<boolean> {
  const { turnId, sessionId } = turn;
  const { store } = parts;
  const isNew = (await store.getDocument(countedKind, sessionId))?.value !== turnId;
  if (isNew) await count(turn, reward, parts);
  const waiting = await store.getDocument(kind, sessionId);
  if (waiting !== undefined && toWaiting(sessionId, waiting.value).turnId === turnId) await store.deleteDocument(kind, sessionId);
  return isNew;
}

/** Tells the memory, then notes that it knows: a note that is lost costs a wrong answer to a second word, and nothing else. */
async function count({ turnId, sessionId, ids }: CreditedTurn, reward: number, { memory, store }: CreditDeskParts): Promise<void> {
  if (memory === undefined || ids.length === 0) return;
  await memory.reinforce({ turnId, ids, reward });
  await store.putDocument(countedKind, sessionId, turnId);
}

/** Counts what has waited long enough, also what another process left behind; true while anything waits. */
async function settleDue({ inTurn, ...parts }: CreditDeskParts & { readonly inTurn: SessionOrder }): Promise<boolean> {
  const isDue = ({ at }: Waiting): boolean => Math.abs(parts.clock.now() - at) >= waitMs;
  let isWaiting = false;
  for (const { id, value } of await parts.store.listDocuments(kind)) {
    // A clock that went back makes nothing wait for ever.
    if (!isDue(toWaiting(id, value))) {
      isWaiting = true;
      continue;
    }
    await inTurn.of(id, async () => {
      // A turn that has ended meanwhile counted this, and may wait in its place.
      const still = await parts.store.getDocument(kind, id);
      if (still !== undefined && isDue(toWaiting(id, still.value))) await settle(toWaiting(id, still.value), parts);
    });
  }
  return isWaiting;
}

/** Work on one session one after another, sessions side by side. */
interface SessionOrder {
  of<T>(sessionId: string, work: () => Promise<T>): Promise<T>;
  /** Work on all sessions, of which there is one at a time. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is being done. */
  idle(): Promise<void>;
}

function createSessionOrder(): SessionOrder {
  const tails = new Map<string, Promise<unknown>>();
  const add = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const mine = (tails.get(key) ?? Promise.resolve()).then(work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    tails.set(key, settled);
    void settled.then(() => {
      if (tails.get(key) === settled) tails.delete(key);
    });
    return mine;
  };
  return {
    of: add,
    // No session has an empty id.
    alone: (work) => add("", work),
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}

/** Counts what the tools of one turn said. */
async function settle(waiting: Waiting, parts: CreditDeskParts): Promise<void> {
  const { store, log } = parts;
  try {
    await count(waiting, waiting.reward, parts);
  } catch (error) {
    const { message, retryable } = toOmniError(error);
    log.warn("the memory could not be told what helped", { message });
    if (retryable) return;
  }
  await store.deleteDocument(kind, waiting.sessionId);
}

/** Takes out what waits, and what is noted, of a session that is erased. */
export async function dropCredit(sessionId: string, store: Pick<Store, "deleteDocument">): Promise<void> {
  await store.deleteDocument(kind, sessionId);
  await store.deleteDocument(countedKind, sessionId);
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
