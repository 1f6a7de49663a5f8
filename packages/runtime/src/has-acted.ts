import type { DurableEvent, Store } from "@omni/core";
import { isReading } from "@omni/core";
import { turnsThatMayHaveTaken } from "./joined-turn.ts";

/**
 * True where a call that does more than read was begun by this turn, or by
 * the one that took its message in: running the message anew might do again
 * what was done. False for a turn that is not known.
 */
export async function hasActed(turnId: string, store: Pick<Store, "turn" | "turns" | "events">): Promise<boolean> {
  const [record, events] = await Promise.all([store.turn(turnId), store.events(turnId)]);
  if (events.some(isAct)) return true;
  if (record === undefined || (record.input.mode !== "steer" && record.input.mode !== "collect")) return false;
  for await (const earlier of turnsThatMayHaveTaken(record.input, store)) {
    const recorded = await store.events(earlier.turnId);
    if (recorded.some((event) => event.type === "steer" && event.turnId === turnId)) return recorded.some(isAct);
  }
  return false;
}

function isAct(event: DurableEvent): boolean {
  return event.type === "tool-call" && !isReading(event);
}
