import type { DurableEvent, ToolCallEvent, ToolResultEvent } from "@omni/core";
import { toFailure } from "./result-text.ts";

/** The result of a call that was started and whose own result was lost: whether it happened is not known. */
export function toLostResult(call: ToolCallEvent, at: number): ToolResultEvent {
  const text = `The program was interrupted while ${call.name} ran. Whether it had its effect is unknown. It was not run again: check first, or ask the person.`;
  const { callId, round, index, name } = call;
  return { type: "tool-result", callId, round, index, name, status: "unknown", content: toFailure("tool.unknown-fate", text), at };
}

/** Results for every started call of a turn that is given up, so that no call in the record is without one. */
export function toLostResults(events: readonly DurableEvent[], at: number): readonly ToolResultEvent[] {
  const settled = new Set(events.flatMap((event) => (event.type === "tool-result" ? [event.callId] : [])));
  return events.flatMap((event) => (event.type === "tool-call" && !settled.has(event.callId) ? [toLostResult(event, at)] : []));
}
