import type { ContentBlock, DurableEvent, ToolCallEvent, ToolResultEvent } from "@omni/core";
import { toFailure } from "./result-text.ts";

/** What a call is known by in the record of its turn: its place. Both numbers are those of its events. */
export function toCallId(round: number, index: number): string {
  return `r${round}c${index}`;
}

/** The result of a call that was started and whose own result was lost: whether it happened is not known. */
export function toLostResult(call: ToolCallEvent, at: number): ToolResultEvent {
  const text = `The program was interrupted while ${call.name} ran. Whether it had its effect is unknown. It was not run again: check first, or ask the person.`;
  const { callId, round, index, name } = call;
  return { type: "tool-result", callId, round, index, name, status: "unknown", content: toFailure("tool.unknown-fate", text), at };
}

/** What is told of a call that was never started because its turn was over. */
export function toUnrunContent(): readonly ContentBlock[] {
  return toFailure("turn.cancelled", "The turn was stopped before this call was started; nothing was done.");
}

/** Results for every call of a turn that is given up which has none, also where it was only asked for, so that no call in the record is without one. */
export function toLostResults(events: readonly DurableEvent[], at: number): readonly ToolResultEvent[] {
  const settled = new Set(events.flatMap((event) => (event.type === "tool-result" ? [event.callId] : [])));
  const started = new Set(events.flatMap((event) => (event.type === "tool-call" ? [event.callId] : [])));
  const lost = events.flatMap((event) => {
    if (event.type === "tool-call") return settled.has(event.callId) ? [] : [toLostResult(event, at)];
    if (event.type !== "model-reply") return [];
    const { round } = event;
    return event.calls.flatMap(({ name }, index): readonly ToolResultEvent[] => {
      const callId = toCallId(round, index);
      if (settled.has(callId) || started.has(callId)) return [];
      return [{ type: "tool-result", callId, round, index, name, status: "failed", content: toUnrunContent(), at }];
    });
  });
  return lost.toSorted((one, other) => one.round - other.round || one.index - other.index);
}
