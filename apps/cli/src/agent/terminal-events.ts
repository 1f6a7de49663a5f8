import type { TerminalEvent } from "@omni/channel-terminal";
import type { ShownEvent, ShownResult } from "../shown-event.ts";
import { toProgressLine, toText } from "../render/progress-line.ts";

/** Longest detail that is handed on, in UTF-16 units: a line of a terminal shows less. */
const mostDetail = 2_000;

/** Longest result that is shown itself instead of its number of lines. */
const mostShown = 60;

const plain = { columns: undefined, dim: (text: string): string => text, good: (text: string): string => text, bad: (text: string): string => text };

/** What a terminal is told of an event of a turn, the same whether the turn runs here or in a gateway. */
export function toTerminalEvents(event: ShownEvent): readonly TerminalEvent[] {
  switch (event.type) {
    case "text-delta":
      return [{ type: "text", text: event.text }];
    case "model-reply":
      return event.calls.length > 0 ? [{ type: "break" }] : [];
    case "tool-call":
      return [{ type: "call", callId: event.callId ?? event.name, name: event.name, detail: JSON.stringify(event.arguments).slice(0, mostDetail) }];
    case "tool-result":
      return [{ type: "result", callId: event.callId ?? event.name, name: event.name, status: event.status, detail: toDetail(event) }];
    case "progress":
      return [{ type: "progress", text: event.text.slice(0, mostDetail), ...(event.callId === undefined ? {} : { callId: event.callId }) }];
    case "text-reset":
      return [{ type: "break" }, ...toNote(event)];
    case "trim":
    case "note":
      return toNote(event);
    default:
      return [];
  }
}

function toNote(event: ShownEvent): readonly TerminalEvent[] {
  const line = toProgressLine(event, plain);
  return line === undefined ? [] : [{ type: "note", text: line.replace(/^note /, "") }];
}

/** How much came of a call, or why nothing did. */
function toDetail({ status, content, lines: told }: ShownResult): string {
  const text = toText(content).trim();
  // The sign already says that it is an error.
  if (status !== "completed") return text.slice(0, mostDetail).replace(/^Error \([\w.-]+\): /, "");
  if (told === "unknown") return "";
  const lines = told ?? (text === "" ? 0 : text.split("\n").length);
  if (lines === 1 && text.length <= mostShown) return text;
  return lines === 0 ? "" : lines === 1 ? "1 line" : `${lines} lines`;
}
