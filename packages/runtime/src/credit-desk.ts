import type { Clock, JsonObject, JsonValue, Log, Memory, Store, TurnOutcome } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { KeyedOrder } from "./keyed-order.ts";
import { createKeyedOrder } from "./keyed-order.ts";
import { latelyEnded } from "./lately-ended.ts";

/** How long a person may say what a turn was worth before its tools do, milliseconds. */
const waitMs = 120_000;

/** How far back it is looked for turns that were not counted, and how long before the last look, for what was late on its way into the store; milliseconds. */
const lookBackMs = 86_400_000;
const marginMs = 60_000;

/** What the tools of a session's last turn say, while it waits, and of those before it that the memory could not be told of. */
const kind = "credit";
/** The turns of a session that were counted last. */
const countedKind = "credited";
/** Until when it was looked for turns that were not counted. */
const lookedKind = "credit-looked";
const lookedId = "home";

/** Stands for all sessions where work is put in order, of which none has an empty id. */
const wholeHome = "";

/** Most turns of a session that wait; of more the oldest are not counted. A memory that is locked for a while is told of all of them, and of one that is out of order for good no document grows. */
const mostWaiting = 16;
/** Most turns of a session that are noted as counted: those that have waited together, and as many that were counted meanwhile. */
const mostCounted = 2 * mostWaiting;

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
  /** A person says what a turn was worth, in [0, 1]. False where it was counted before, which stays. Rejects as the memory does, and with `turn.not-found` where its session was erased. */
  feedback(turn: CreditedTurn, reward: number): Promise<boolean>;
  /** Takes out what waits, and what is noted, of a session that is erased, when what is being counted of it has ended. Of a turn that is no longer in the store nothing is noted after that. */
  forget(sessionId: string): Promise<void>;
  /** Ends what runs; what still waits is left to the next turn in this home. */
  close(): Promise<void>;
}

/** What a desk works with. */
export interface CreditDeskParts {
  /** Without one there is nothing to credit. */
  readonly memory: Memory | undefined;
  readonly store: Pick<Store, "getDocument" | "putDocument" | "listDocuments" | "deleteDocument" | "sessions" | "turn" | "turns" | "events">;
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
  const inTurn = createKeyedOrder();
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
  /** What an earlier process left is looked at once. */
  const lookFirst = (): void => {
    if (hasLooked) return;
    hasLooked = true;
    later(inTurn.of(wholeHome, () => lookBack(lines)));
    look();
  };
  const look = (): void =>
    later(
      inTurn.of(wholeHome, async () => {
        if (await settleDue(lines)) wait();
      }),
    );
  return {
    ended({ turnId, sessionId, ids }, outcome) {
      if (memory === undefined) return;
      lookFirst();
      later(
        inTurn.of(sessionId, async () => {
          // Whoever has just looked back, here or in another process, may know this turn already: it waits all the same.
          const before = (await readWaiting(sessionId, store)).filter((each) => each.turnId !== turnId);
          const settled = await settle(before, parts);
          const reward = toReward(outcome);
          const own = reward === undefined || ids.length === 0 || !(await isKept(turnId, store)) ? [] : [{ turnId, sessionId, ids, reward, at: clock.now() }];
          if (before.length + own.length === 0) return;
          const left = await change(sessionId, store, (now) => [...now.filter((each) => each.turnId !== turnId && !settled.has(each.turnId)), ...own]);
          if (left.length > 0) wait();
        }),
      );
    },
    feedback: (turn, reward) => inTurn.of(turn.sessionId, () => hear(turn, reward, parts)),
    forget: (sessionId) => inTurn.of(sessionId, () => drop(sessionId, store)),
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
  if (!(await isKept(turnId, store))) throw new OmniError("turn.not-found", `The turn ${turnId} was erased with its session.`);
  const isNew = !(await readCounted(sessionId, store)).includes(turnId);
  if (isNew) await count(turn, reward, parts);
  await change(sessionId, store, (now) => now.filter((each) => each.turnId !== turnId));
  return isNew;
}

/** Tells the memory, then notes that it knows: a note that is lost costs a wrong answer to a second word, and nothing else. */
async function count({ turnId, sessionId, ids }: CreditedTurn, reward: number, { memory, store }: CreditDeskParts): Promise<void> {
  if (memory === undefined || ids.length === 0) return;
  await memory.reinforce({ turnId, ids, reward });
  const before = (await readCounted(sessionId, store)).filter((each) => each !== turnId);
  await store.putDocument(countedKind, sessionId, [...before, turnId].slice(-mostCounted));
}

/**
 * Lets what ended lately, and was neither counted nor is known to wait, wait as
 * if its process had not been killed between its end and its note. Handed on
 * twice it counts once, and what a person has said of it stands.
 */
async function lookBack({ inTurn, store, clock }: CreditDeskParts & { readonly inTurn: KeyedOrder }): Promise<void> {
  const now = clock.now();
  const looked = (await store.getDocument(lookedKind, lookedId))?.value;
  // A clock that was ahead leaves nothing out.
  const since = Math.max(now - lookBackMs, typeof looked === "number" && looked <= now ? looked - marginMs : 0);
  for await (const { outcome, endedAt: at, ...turn } of latelyEnded(since, (each) => toReward(each) !== undefined, store)) {
    const late = { ...turn, reward: toReward(outcome) ?? 0.5, at };
    await inTurn.of(turn.sessionId, async () => {
      const isCounted = (await readCounted(turn.sessionId, store)).includes(turn.turnId);
      if (!isCounted && (await isKept(turn.turnId, store))) await change(turn.sessionId, store, (waiting) => (waiting.some((each) => each.turnId === turn.turnId) ? waiting : [late, ...waiting]));
    });
  }
  await store.putDocument(lookedKind, lookedId, now);
}

/** Counts what has waited long enough, also what another process left behind; true while anything waits. */
async function settleDue({ inTurn, ...parts }: CreditDeskParts & { readonly inTurn: KeyedOrder }): Promise<boolean> {
  const isDue = ({ at }: Waiting): boolean => Math.abs(parts.clock.now() - at) >= waitMs;
  let isWaiting = false;
  for (const { id, value } of await parts.store.listDocuments(kind)) {
    const waiting = toWaiting(id, value);
    // A clock that went back makes nothing wait for ever.
    if (waiting.length > 0 && !waiting.some(isDue)) {
      isWaiting = true;
      continue;
    }
    await inTurn.of(id, async () => {
      // A turn that has ended meanwhile counted these, and may wait in their place.
      const settled = await settle((await readWaiting(id, parts.store)).filter(isDue), parts);
      const left = await change(id, parts.store, (now) => now.filter((each) => !settled.has(each.turnId)));
      isWaiting ||= left.length > 0;
    });
  }
  return isWaiting;
}

/** Counts what the tools of these turns said, in order; gives those that wait no longer. */
async function settle(waiting: readonly Waiting[], parts: CreditDeskParts): Promise<ReadonlySet<string>> {
  const settled = new Set<string>();
  for (const each of waiting) {
    try {
      await count(each, each.reward, parts);
    } catch (error) {
      const { message, retryable } = toOmniError(error);
      parts.log.warn("the memory could not be told what helped", { message });
      // A memory that is locked now is so for those behind it as well.
      if (retryable) break;
    }
    settled.add(each.turnId);
  }
  return settled;
}

/** Changes what waits of a session, the oldest first; gives what does then. Another process may look at the same session: what it has noted stays. */
async function change(sessionId: string, store: CreditDeskParts["store"], next: (waiting: readonly Waiting[]) => readonly Waiting[]): Promise<readonly Waiting[]> {
  for (;;) {
    const found = await store.getDocument(kind, sessionId);
    const waiting = next(toWaiting(sessionId, found?.value)).slice(-mostWaiting);
    if (waiting.length === 0) {
      if (found !== undefined) await store.deleteDocument(kind, sessionId);
      return waiting;
    }
    if (await store.putDocument(kind, sessionId, waiting.map(toDocument), found?.version ?? 0)) return waiting;
  }
}

async function readWaiting(sessionId: string, store: CreditDeskParts["store"]): Promise<readonly Waiting[]> {
  return toWaiting(sessionId, (await store.getDocument(kind, sessionId))?.value);
}

async function readCounted(sessionId: string, store: CreditDeskParts["store"]): Promise<readonly string[]> {
  return toTexts((await store.getDocument(countedKind, sessionId))?.value);
}

/** False for a turn whose session was erased. */
async function isKept(turnId: string, store: CreditDeskParts["store"]): Promise<boolean> {
  return (await store.turn(turnId)) !== undefined;
}

async function drop(sessionId: string, store: CreditDeskParts["store"]): Promise<void> {
  await store.deleteDocument(kind, sessionId);
  await store.deleteDocument(countedKind, sessionId);
}

function toDocument({ turnId, ids, reward, at }: Waiting): JsonObject {
  return { turnId, ids: [...ids], reward, at };
}

/** What waits, as it was written by this program. */
function toWaiting(sessionId: string, value: JsonValue | undefined): readonly Waiting[] {
  return toItems(value).map((item) => {
    const { turnId, ids, reward, at } = typeof item === "object" && item !== null && !Array.isArray(item) ? (item as JsonObject) : {};
    return {
      turnId: typeof turnId === "string" ? turnId : "",
      sessionId,
      ids: toTexts(ids),
      reward: typeof reward === "number" ? reward : 0.5,
      at: typeof at === "number" ? at : 0,
    };
  });
}

function toTexts(value: JsonValue | undefined): readonly string[] {
  return toItems(value).filter((item) => typeof item === "string");
}

function toItems(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

/** What the calls of a turn say together: 1 where all did what they should, 0 where none did, nothing where they are divided or there were none. */
function toReward({ toolCalls }: TurnOutcome): number | undefined {
  if (toolCalls.length === 0) return undefined;
  const good = toolCalls.filter((call) => call.status === "completed").length;
  if (good === toolCalls.length) return 1;
  return good === 0 ? 0 : undefined;
}
