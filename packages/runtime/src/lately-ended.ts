import type { Store, TurnOutcome } from "@omni/core";

/** Sessions that are looked at, the latest, and newest turns of each: one that ended before, and what waits, runs or has ended since. */
const mostSessions = 64;
const mostTurns = 8;

/** A turn that has ended and was shown memories. */
export interface LatelyEnded {
  readonly turnId: string;
  readonly sessionId: string;
  /** Ids of the memories that were shown. */
  readonly ids: readonly string[];
  readonly outcome: TurnOutcome;
  /** Unix milliseconds. */
  readonly endedAt: number;
}

/** What ended since then in the latest sessions, was shown memories and came to something that is wanted; the newest of a session first. Events are read of what is wanted alone. */
export async function* latelyEnded(since: number, isWanted: (outcome: TurnOutcome) => boolean, store: Pick<Store, "sessions" | "turns" | "events">): AsyncGenerator<LatelyEnded, void, undefined> {
  for (const { sessionId, updatedAt } of await store.sessions({ limit: mostSessions })) {
    if (updatedAt < since) continue;
    for (const { input: { turnId }, outcome, endedAt } of await store.turns(sessionId, { limit: mostTurns })) {
      if (outcome === null || endedAt === null || endedAt < since || !isWanted(outcome)) continue;
      const ids = (await store.events(turnId)).findLast((event) => event.type === "prompt")?.recalled ?? [];
      if (ids.length > 0) yield { turnId, sessionId, ids, outcome, endedAt };
    }
  }
}
