import type { ContentBlock, DurableEvent } from "@omni/core";
import { toSource } from "./result-text.ts";

/** What `memory.search` writes above a memory that nobody vouches for. */
const unchecked = /^\[id .* · not checked\]$/m;

/** True for a result that is framed as what strangers wrote, also where it was cut. */
export function isFramed(content: readonly ContentBlock[]): boolean {
  return content.some((block) => block.type === "text" && toSource(block.text) !== undefined);
}

/** True where a turn read what strangers wrote: a framed result, or a memory that nobody vouches for. */
export function readForeign(events: readonly DurableEvent[]): boolean {
  return events.some((event) => event.type === "tool-result" && (isFramed(event.content) || (event.name === "memory.search" && isUnchecked(event.content))));
}

function isUnchecked(content: readonly ContentBlock[]): boolean {
  return content.some((block) => block.type === "text" && unchecked.test(block.text));
}

/** True where what a turn made of it may come from strangers: it read them itself, or they were in its prompt. */
export function isForeign(events: readonly DurableEvent[]): boolean {
  return events.some((event) => event.type === "prompt" && event.isForeign === true) || readForeign(events);
}
