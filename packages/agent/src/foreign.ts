import type { DurableEvent } from "@omni/core";

/** True where a turn read what strangers wrote, or a memory that nobody vouches for. */
export function readForeign(events: readonly DurableEvent[]): boolean {
  return events.some((event) => event.type === "tool-result" && event.isForeign === true);
}

/** True where what a turn made of it may come from strangers: it read them itself, or they were in its prompt. */
export function isForeign(events: readonly DurableEvent[]): boolean {
  return events.some((event) => event.type === "prompt" && event.isForeign === true) || readForeign(events);
}
