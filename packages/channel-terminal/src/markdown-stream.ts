import type { RowStyle } from "./markdown-rows.ts";
import { toCodeHead, toCodeRows, toMarkdownRows, toPlainRows } from "./markdown-rows.ts";

/** Longest block, in UTF-16 units, that is kept open: a longer one is finished where it stands. */
const mostOpen = 16_384;

/** A text that comes in pieces, as rows. */
export interface MarkdownStream {
  /** Takes more of the text; gives the rows that are finished and will never change. */
  push(text: string): readonly string[];
  /** Rows of what is still open, as it looks now. */
  open(): readonly string[];
  /** Finishes what is open; the stream may go on with a new text. */
  end(): readonly string[];
  /** True where no row was given yet and nothing is open. */
  readonly isEmpty: boolean;
}

interface State {
  /** The line that has not ended. */
  partial: string;
  /** Whole lines of the open block. */
  lines: string[];
  length: number;
  /** How the code block ends that is open: at the margin its lines are finished one by one, within a list they belong to it. */
  fence: { readonly mark: string; readonly isWithin: boolean } | undefined;
  hasRows: boolean;
  /** An empty line is due before the next block. */
  isGapDue: boolean;
}

/**
 * Makes a stream. What is finished depends on the lines of the text alone,
 * never on the pieces they came in, so any streaming ends in the same rows.
 * Without Markdown every line is a block.
 */
export function createMarkdownStream(style: () => RowStyle, isMarkdown: boolean): MarkdownStream {
  const state: State = { partial: "", lines: [], length: 0, fence: undefined, hasRows: false, isGapDue: false };
  const takeLine = (line: string): readonly string[] => (isMarkdown ? takeMarkdownLine(state, line, style()) : give(state, toPlainLine(line, style())));
  return {
    push(text) {
      const rows: string[] = [];
      const pieces = (state.partial + text.replaceAll("\r", "")).split("\n");
      state.partial = pieces.pop() ?? "";
      for (const line of pieces) for (const part of cutLine(line)) rows.push(...takeLine(part));
      for (let cut = toCut(state.partial); cut > 0; cut = toCut(state.partial)) {
        rows.push(...takeLine(state.partial.slice(0, cut)));
        state.partial = state.partial.slice(cut);
      }
      return rows;
    },
    open() {
      if (state.fence?.isWithin === false) return state.partial === "" || isFenceEnd(state.partial, state.fence.mark) ? [] : toCodeRows(state.partial, style());
      const text = [...state.lines, state.partial].join("\n");
      if (text.trim() === "") return [];
      const rows = isMarkdown ? toMarkdownRows(text, style()) : toPlainRows(text, style());
      return state.isGapDue && rows.length > 0 ? ["", ...rows] : rows;
    },
    end() {
      const rows = [...(state.partial === "" ? [] : takeLine(state.partial)), ...finishBlock(state, style())];
      Object.assign(state, { partial: "", fence: undefined, hasRows: false, isGapDue: false });
      return rows;
    },
    get isEmpty() {
      return !state.hasRows && state.lines.length === 0 && state.partial === "";
    },
  };
}

/** A line that is too long to be kept is taken in parts. */
function* cutLine(line: string): Generator<string, void, undefined> {
  let rest = line;
  for (let cut = toCut(rest); cut > 0; cut = toCut(rest)) {
    yield rest.slice(0, cut);
    rest = rest.slice(cut);
  }
  yield rest;
}

/** Where a long line is cut: after its last space, and not within a pair of surrogates; 0 for not at all. */
function toCut(line: string): number {
  if (line.length <= mostOpen) return 0;
  const space = line.lastIndexOf(" ", mostOpen - 1);
  if (space > 0) return space + 1;
  return /[\ud800-\udbff]/.test(line.charAt(mostOpen - 1)) ? mostOpen - 1 : mostOpen;
}

function toPlainLine(line: string, style: RowStyle): readonly string[] {
  return line.trim() === "" ? [""] : toPlainRows(line, style);
}

function takeMarkdownLine(state: State, line: string, style: RowStyle): readonly string[] {
  const { fence } = state;
  if (fence?.isWithin === false) return takeCodeLine(state, line, fence.mark, style);
  if (fence !== undefined) {
    if (isFenceEnd(line, fence.mark)) state.fence = undefined;
    return keep(state, line, style);
  }
  const opening = /^( {0,3})(`{3,}|~{3,})([^`]*)$/.exec(line);
  if (opening !== null && (opening[1] === "" || !isList(state))) {
    const [, , mark = "", language = ""] = opening;
    const rows = finishBlock(state, style);
    state.fence = { mark, isWithin: false };
    const head = give(state, toCodeHead(language, style));
    // The code follows its head without a gap; without a head the gap is still due.
    return [...rows, ...head];
  }
  const within = /^\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(`{3,}|~{3,})[^`]*$/.exec(line)?.[1];
  if (within !== undefined) state.fence = { mark: within, isWithin: true };
  if (line.trim() === "") return state.lines.length === 0 ? [] : keep(state, "", style);
  const rows = state.lines.at(-1) === "" && !goesOn(state, line) ? finishBlock(state, style) : [];
  return [...rows, ...keep(state, line, style)];
}

function takeCodeLine(state: State, line: string, mark: string, style: RowStyle): readonly string[] {
  if (!isFenceEnd(line, mark)) return give(state, toCodeRows(line, style));
  state.fence = undefined;
  state.isGapDue = state.hasRows;
  return [];
}

function keep(state: State, line: string, style: RowStyle): readonly string[] {
  state.lines.push(line);
  state.length += line.length + 1;
  return state.length > mostOpen ? finishBlock(state, style) : [];
}

function finishBlock(state: State, style: RowStyle): readonly string[] {
  const text = state.lines.join("\n");
  state.lines = [];
  state.length = 0;
  if (text.trim() === "") return [];
  const rows = give(state, toMarkdownRows(text, style));
  state.isGapDue = state.hasRows;
  return rows;
}

/** Rows that are finished, after the gap that is due. */
function give(state: State, rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return rows;
  const given = state.isGapDue ? ["", ...rows] : rows;
  state.hasRows = true;
  state.isGapDue = false;
  return given;
}

/** After an empty line: a list goes on with its next item or with what is indented, and so does indented code. */
function goesOn(state: State, line: string): boolean {
  if (/^(?:\t| {2,})/.test(line)) return isList(state) || /^(?:\t| {4})/.test(state.lines[0] ?? "");
  return isList(state) && isListLine(line);
}

function isList(state: State): boolean {
  return isListLine(state.lines[0] ?? "");
}

function isListLine(line: string): boolean {
  return /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/.test(line) && !/^ {0,3}([-*])(?: *\1){2,} *$/.test(line);
}

function isFenceEnd(line: string, mark: string): boolean {
  const end = /^\s*(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  return end !== undefined && end.startsWith(mark);
}
