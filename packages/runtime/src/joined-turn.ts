import type { Store, TurnInput, TurnOutcome, TurnRecord } from "@omni/core";

/** How messages ended that an earlier turn of their session took in. */
export interface JoinedTurns {
  /**
   * As that turn did, without calls of its own. Undefined for a message that
   * no turn took. The record of the turn that took it is the one place that
   * says so, so a process that died in between has not lost it and does not
   * answer it twice.
   */
  find(input: TurnInput): Promise<TurnOutcome | undefined>;
  /** The message's own ending is written: it is looked for no more. */
  forget(input: TurnInput): void;
}

/** Turns that are read from the store in one go. */
const pageSize = 64;

/** Ended turns before a message that are looked into whenever they ended: a clock that was set back tells nothing of which came first. More than these do not wait in a session as a rule. */
const leastLookedInto = 32;

/** Sessions of which it is kept what was read; those that were asked for longest ago are read again. */
const mostSessions = 64;

/** What is known of the turns of a session, so that each of them is read once however many messages wait. */
interface Seen {
  /** Ended turns that were looked into. */
  readonly turnIds: Set<string>;
  /** By the message that was taken in, until its own ending is written: where the store does not take that, it is looked for again. */
  readonly taken: Map<string, TurnOutcome>;
}

/** Reads the record of turns as it is needed. */
export function createJoinedTurns(store: Pick<Store, "turns" | "events">): JoinedTurns {
  const sessions = new Map<string, Seen>();
  return {
    async find(input) {
      const { sessionId, turnId, mode } = input;
      if (mode !== "steer" && mode !== "collect") return undefined;
      const seen = sessions.get(sessionId) ?? { turnIds: new Set(), taken: new Map() };
      // Setting it anew makes it the newest in the map's order.
      sessions.delete(sessionId);
      sessions.set(sessionId, seen);
      for (const oldest of sessions.keys()) if (sessions.size > mostSessions) sessions.delete(oldest);
      await lookBack(input, seen, store);
      const outcome = seen.taken.get(turnId);
      return outcome === undefined ? undefined : { ...outcome, turnId, rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 } };
    },
    forget: ({ sessionId, turnId }) => void sessions.get(sessionId)?.taken.delete(turnId),
  };
}

/** Looks into the turns before this message, the newest first, down to those that were looked into before. */
async function lookBack(input: TurnInput, seen: Seen, store: Pick<Store, "turns" | "events">): Promise<void> {
  const looked: string[] = [];
  for await (const { turnId, outcome } of turnsThatMayHaveTaken(input, store)) {
    if (seen.turnIds.has(turnId)) break;
    looked.push(turnId);
    for (const event of await store.events(turnId)) if (event.type === "steer" && event.turnId !== undefined) seen.taken.set(event.turnId, outcome);
  }
  keep(seen, looked);
}

/** Ended turns that may have taken this message in, the newest first. */
export async function* turnsThatMayHaveTaken(input: TurnInput, store: Pick<Store, "turns">): AsyncGenerator<{ readonly turnId: string; readonly outcome: TurnOutcome }, void, undefined> {
  let looked = 0;
  for (let before: string | undefined = input.turnId; before !== undefined; ) {
    const page: readonly TurnRecord[] = await store.turns(input.sessionId, { limit: pageSize, before });
    before = page.length < pageSize ? undefined : page.at(-1)?.input.turnId;
    for (const { input: { turnId }, outcome, endedAt } of page) {
      if (outcome === null || endedAt === null) continue;
      // Whatever ended before this was accepted cannot have taken it. Nor can anything before that: turns end in order, but for one that was cancelled while it waited.
      if (endedAt < input.at && looked >= leastLookedInto) {
        if (outcome.status === "cancelled") continue;
        return;
      }
      looked += 1;
      yield { turnId, outcome };
    }
  }
}

/** Only the newest have to be known: the next message meets those first. */
function keep(seen: Seen, looked: readonly string[]): void {
  if (looked.length === 0) return;
  seen.turnIds.clear();
  for (const turnId of looked) seen.turnIds.add(turnId);
}
