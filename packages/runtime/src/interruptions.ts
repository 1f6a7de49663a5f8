import type { DurableEvent, Store, TurnRecord } from "@omni/core";
import { isProgress } from "./suspect-line.ts";

/** Interruptions after which a turn is under suspicion of having ended the processes that ran it. */
const suspectInterruptions = 2;

/**
 * Attempts, of so many, since the turn last got somewhere, without those whose
 * process ended in good order and left the turn to the next start: that
 * interrupted nothing.
 */
export function toFruitlessAttempts({ attempt, events }: { readonly attempt: number; readonly events: readonly DurableEvent[] }): number {
  const last = events.findLastIndex(isProgress);
  // Its number is what counts: a life that was ended at once left no start, and one that took the turn up again left two.
  const start = events.slice(0, last + 1).findLast((event) => event.type === "turn-start");
  const from = start?.attempt ?? 0;
  return attempt - from - toParks(events).filter((each) => each > from).length;
}

/** The turns that were begun again and again when their process ended, in their order. Only those that were begun so often are read. */
export async function findSuspects(left: readonly TurnRecord[], store: Pick<Store, "events">): Promise<readonly string[]> {
  const often = left.filter(({ attempts }) => attempts >= suspectInterruptions);
  const looked: string[] = [];
  for (const { input, attempts } of often) if (attempts - toParks(await store.events(input.turnId)).length >= suspectInterruptions) looked.push(input.turnId);
  return looked;
}

/** The attempts that ended in good order. */
function toParks(events: readonly DurableEvent[]): readonly number[] {
  return [...new Set(events.flatMap((event) => (event.type === "park" ? [event.attempt] : [])))];
}
