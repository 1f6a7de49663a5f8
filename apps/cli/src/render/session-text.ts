import type { SessionView, ToolCallView, TurnView } from "@omni/runtime";
import { toFit } from "./text-width.ts";
import { toOneLine, toSafeTerminalText } from "./safe-text.ts";
import { toText } from "./progress-line.ts";

/** A session for a person: its numbers, then its turns, each with its calls on a line of their own. */
export function toSessionText(view: SessionView, columns: number | undefined): string {
  const { totalTurns, totalToolCalls, windowUsed, tokens } = view.stats;
  const head = `${view.sessionId}: ${totalTurns} turns, ${totalToolCalls} tool calls; the model sees ${windowUsed} turns (${tokens} tokens)`;
  return [head, ...view.turns.map((turn) => toTurnText(turn, columns))].join("\n\n").concat("\n");
}

function toTurnText(turn: TurnView, columns: number | undefined): string {
  const calls = turn.toolCalls.map((call) => toFit(toCallLine(call), columns ?? 200));
  const end = turn.status === "completed" ? [] : [`[${turn.status}]`];
  const lines = [`${toWhen(turn)}  ${turn.turnId}  ${turn.origin}`, `> ${toSafeTerminalText(turn.user)}`, ...calls, toSafeTerminalText(turn.output), ...end];
  return lines.filter((line) => line !== "").join("\n");
}

function toCallLine(call: ToolCallView): string {
  const detail = call.status === "completed" ? "" : `: ${toText(call.content)}`;
  return `  ${toOneLine(`${call.name} ${JSON.stringify(call.arguments)} ${call.status}${detail}`)}`;
}

/** A turn as Markdown, for a transcript that is read. */
export function toTurnMarkdown(turn: TurnView): string {
  const calls = turn.toolCalls.flatMap((call) => [`**${call.name}** (${call.status})`, "", toFence(JSON.stringify(call.arguments, null, 2), "json"), "", toFence(toText(call.content), ""), ""]);
  return [`## ${toWhen(turn)} · ${turn.status}`, "", toQuote(turn.user), "", ...calls, turn.output, ""].join("\n");
}

function toWhen(turn: TurnView): string {
  return turn.startedAt?.replace("T", " ").replace(/\.\d+Z$/, "Z") ?? "waiting";
}

function toQuote(text: string): string {
  return text.split("\n").map((line) => `> ${line}`).join("\n");
}

/** A fence longer than any in the text, so that the text cannot end it. */
function toFence(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
