import type { PlacedEvent, TurnEvents } from "../src/index.ts";

/** Every event to the end. */
export async function all(events: TurnEvents): Promise<readonly PlacedEvent[]> {
  const found: PlacedEvent[] = [];
  for await (const each of events) found.push(each);
  return found;
}
