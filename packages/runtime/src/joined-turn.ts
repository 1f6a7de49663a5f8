import type { Store, TurnInput, TurnOutcome } from "@omni/core";

/** Ended turns of the session that are looked through for the one that took a message in. */
const mostLooked = 64;

/**
 * How a message ended that an earlier turn of its session took in: as that
 * turn did, without calls of its own. Undefined for a message that no turn
 * took. The record of the turn that took it is the one place that says so, so
 * a process that died in between has not lost it and does not answer it twice.
 */
export async function findJoined(input: TurnInput, store: Pick<Store, "turns" | "events">): Promise<TurnOutcome | undefined> {
  if (input.mode !== "steer" && input.mode !== "collect") return undefined;
  for (const { input: earlier, outcome, endedAt } of await store.turns(input.sessionId, { limit: mostLooked, before: input.turnId })) {
    if (outcome === null || endedAt === null) continue;
    // Whatever ended before this was accepted cannot have taken it.
    if (endedAt < input.at) return undefined;
    const events = await store.events(earlier.turnId);
    if (events.some((event) => event.type === "steer" && event.turnId === input.turnId)) {
      return { ...outcome, turnId: input.turnId, rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 } };
    }
  }
  return undefined;
}
