import type { Clock } from "@omni/core";
import type { Ink } from "./ink.ts";
import type { RowStyle } from "./markdown-rows.ts";
import type { TerminalEvent, TerminalOutcome } from "./terminal-event.ts";
import { createMarkdownStream } from "./markdown-stream.ts";
import { toFit } from "./text-width.ts";
import { toOneLine } from "./safe-text.ts";
import { toSpan, wrapSpans } from "./wrap-spans.ts";

/** Longest detail of a call that is looked at, in UTF-16 units. */
const mostDetail = 2_000;

/** Most rows for calls that run; of more the newest are shown. */
const mostCalls = 6;

/** Milliseconds of a picture of the spinner, and after which the time a call has taken is told. */
export const spinMs = 120;
const tellTimeMs = 1_000;

const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/** One turn as rows. */
export interface TurnView {
  /** Takes an event; gives the rows that are finished with it. */
  next(event: TerminalEvent): readonly string[];
  /** The rows that remain when it is over. */
  end(outcome: TerminalOutcome): readonly string[];
  /** Rows of what is open: text that may still change, and calls that run; a sign of life where there is neither, unless the turn waits for the person. At most `height`. */
  open(height: number, isAsking: boolean): readonly string[];
  /** True while something moves by itself. */
  readonly isWaiting: boolean;
}

interface RunningCall {
  readonly callId: string;
  readonly name: string;
  readonly detail: string;
  readonly since: number;
  said: string;
}

interface State {
  readonly style: () => RowStyle;
  readonly clock: Clock;
  readonly stream: ReturnType<typeof createMarkdownStream>;
  readonly calls: RunningCall[];
  readonly begun: number;
  /** Text of the round, to know what the outcome says beyond it. */
  round: string;
  /** What was printed last: an answer is set off from calls by an empty row. */
  last: "nothing" | "text" | "line";
}

/** Makes the view of a turn that begins now. */
export function createTurnView(style: () => RowStyle, clock: Clock, isMarkdown: boolean): TurnView {
  const state: State = { style, clock, stream: createMarkdownStream(style, isMarkdown), calls: [], begun: clock.monotonic(), round: "", last: "nothing" };
  return {
    next: (event) => takeEvent(state, event),
    end(outcome) {
      const rest = outcome.output.startsWith(state.round) ? outcome.output.slice(state.round.length) : outcome.output;
      const before = outcome.output.startsWith(state.round) ? [] : finishText(state);
      const text = [...before, ...asText(state, state.stream.push(rest)), ...finishText(state)];
      return [...text, ...toEndRows(state, outcome)];
    },
    open(height, isAsking) {
      const calls = state.calls.slice(-mostCalls).map((call) => toRunning(state, call));
      const text = state.stream.open();
      const set = text.length > 0 && state.last === "line" ? ["", ...text] : text;
      const waiting = calls.length > 0 || text.length > 0 || isAsking ? calls : [state.style().paint(toSpinner(state), "dim")];
      const room = Math.max(0, height - waiting.length);
      return [...(room === 0 ? [] : set.slice(-room)), ...waiting].slice(-Math.max(1, height));
    },
    get isWaiting() {
      return state.calls.length > 0 || state.stream.open().length === 0;
    },
  };
}

function takeEvent(state: State, event: TerminalEvent): readonly string[] {
  switch (event.type) {
    case "text":
      state.round += event.text;
      return asText(state, state.stream.push(event.text));
    case "break":
      state.round = "";
      return finishText(state);
    case "call": {
      state.round = "";
      const rows = finishText(state);
      state.calls.push({ callId: event.callId, name: event.name, detail: event.detail.slice(0, mostDetail), since: state.clock.monotonic(), said: "" });
      return rows;
    }
    case "result":
      return [...finishText(state), ...toResult(state, event)];
    case "progress": {
      const call = state.calls.find((each) => each.callId === event.callId) ?? state.calls.at(-1);
      if (call !== undefined) call.said = toOneLine(event.text.slice(0, mostDetail));
      return [];
    }
    case "note":
      return [...finishText(state), ...asLine(state, event.text, "dim")];
  }
}

/** Rows of the answer; the first of them is set off from a line of a call. */
function asText(state: State, rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return rows;
  const isSetOff = state.last === "line";
  state.last = "text";
  return isSetOff ? ["", ...rows] : rows;
}

function finishText(state: State): readonly string[] {
  return asText(state, state.stream.end());
}

function asLine(state: State, text: string, ...inks: readonly Ink[]): readonly string[] {
  const { width, paint } = state.style();
  const row = paint(toFit(toOneLine(text), width), ...inks);
  const isSetOff = state.last === "text";
  state.last = "line";
  return isSetOff ? ["", row] : [row];
}

function toResult(state: State, event: Extract<TerminalEvent, { type: "result" }>): readonly string[] {
  const place = state.calls.findIndex((call) => call.callId === event.callId);
  const [call] = place === -1 ? [] : state.calls.splice(place, 1);
  const isDone = event.status === "completed";
  const word = isDone ? "" : event.status === "unknown" ? "lost" : event.status === "denied" ? "denied" : "failed";
  const said = [word, event.detail.slice(0, mostDetail)].filter((each) => each !== "").join(": ");
  const time = call === undefined ? "" : toTime(state.clock.monotonic() - call.since);
  const end = `${said === "" ? "" : `  ${said}`}${time}`;
  const head = `${isDone ? "✓" : "✗"} ${event.name}`;
  // What came of it is worth more than what it was given, so that is made to fit first.
  const room = state.style().width - head.length - Math.min(end.length, Math.floor((state.style().width * 3) / 5));
  const detail = room > 8 && call !== undefined ? ` ${toFit(toOneLine(call.detail), room - 1)}` : "";
  return asLine(state, `${head}${detail} ${end.trimStart() === "" ? "" : `· ${end.trim()}`}`, isDone ? "dim" : "bad");
}

function toRunning(state: State, call: RunningCall): string {
  const { width, paint } = state.style();
  const said = call.said === "" ? toOneLine(call.detail) : call.said;
  return paint(toFit(`${toSpinner(state)} ${call.name}${toTime(state.clock.monotonic() - call.since)} ${said}`, width), "accent");
}

function toSpinner({ clock, begun }: State): string {
  return spinner.charAt(Math.floor((clock.monotonic() - begun) / spinMs) % spinner.length);
}

function toTime(milliseconds: number): string {
  return milliseconds < tellTimeMs ? "" : ` ${Math.floor(milliseconds / 1_000)} s`;
}

function toEndRows(state: State, { status, error }: TerminalOutcome): readonly string[] {
  state.calls.length = 0;
  // What a limit cut short says so in its own words.
  if (status === "completed" || status === "limited") return [];
  if (status === "cancelled") return asLine(state, "stopped", "bad");
  const said = error === null ? status : `${error.code}: ${error.message}`;
  const { width, paint } = state.style();
  const isSetOff = state.last !== "nothing";
  return [...(isSetOff ? [""] : []), ...wrapLine(said, width).map((row) => paint(row, "bad"))];
}

function wrapLine(text: string, width: number): readonly string[] {
  return wrapSpans([toSpan(toOneLine(text))], width, (row) => row);
}
