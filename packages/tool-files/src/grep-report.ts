import type { LineBatch } from "./file-lines.ts";
import type { LineMatch } from "./line-matcher.ts";

/** One matching line. */
export interface GrepMatch {
  readonly [key: string]: string | number;
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Characters of a line that are shown, around its match. */
const shownCharacters = 400;

/** What is reported of one file after another. */
export interface GrepReport {
  /** Adds the matches of a batch of lines, with the lines around them; batches of a file come in order. */
  add(path: string, batch: LineBatch, matches: readonly LineMatch[]): void;
  /** True once the bounds are reached; nothing more is taken then. */
  readonly isFull: boolean;
  readonly lines: readonly string[];
  readonly matches: readonly GrepMatch[];
}

/** Where the report stands in the file at hand. */
interface Place {
  path: string;
  /** The last lines of the batches before, at most as many as are shown around a match. */
  carried: readonly string[];
  lastShown: number;
  showUntil: number;
}

/** Makes an empty report. `around` lines are shown on each side of a match. */
export function createGrepReport(around: number, bounds: { readonly matches: number; readonly bytes: number }): GrepReport {
  const lines: string[] = [];
  const matches: GrepMatch[] = [];
  let bytes = 0;
  let place: Place = { path: "", carried: [], lastShown: 0, showUntil: 0 };
  const isFull = (): boolean => matches.length >= bounds.matches || bytes >= bounds.bytes;
  const put = (line: string): void => {
    lines.push(line);
    bytes += Buffer.byteLength(line) + 1;
  };
  const putAround = (from: number, to: number, lineAt: (number: number) => string): void => {
    for (let number = from; number <= to; number += 1) put(`${place.path}-${number}- ${shorten(lineAt(number), 0)}`);
    place.lastShown = Math.max(place.lastShown, to);
  };
  return {
    lines,
    matches,
    get isFull() {
      return isFull();
    },
    add(path, batch, found) {
      if (place.path !== path) place = { path, carried: [], lastShown: 0, showUntil: 0 };
      const known = [...place.carried, ...batch.lines];
      const base = batch.first - place.carried.length;
      const end = batch.first + batch.lines.length - 1;
      const lineAt = (number: number): string => known[number - base] ?? "";
      for (const match of found) {
        if (isFull()) return;
        const number = batch.first + match.index;
        putAround(place.lastShown + 1, Math.min(place.showUntil, number - 1), lineAt);
        const from = Math.max(place.lastShown + 1, number - around, base);
        if (around > 0 && lines.length > 0 && (place.lastShown === 0 || from > place.lastShown + 1)) put("--");
        putAround(from, number - 1, lineAt);
        const text = shorten(lineAt(number), match.column);
        put(`${path}:${number}: ${text}`);
        matches.push({ path, line: number, text });
        place.lastShown = number;
        place.showUntil = number + around;
      }
      putAround(place.lastShown + 1, Math.min(place.showUntil, end), lineAt);
      place.carried = around === 0 ? [] : known.slice(-around);
    },
  };
}

/** A line cut to what is around its match. */
function shorten(line: string, column: number): string {
  if (line.length <= shownCharacters) return line;
  const from = Math.max(0, Math.min(column - shownCharacters / 4, line.length - shownCharacters));
  const to = from + shownCharacters;
  return `${from > 0 ? "…" : ""}${line.slice(from, to).toWellFormed()}${to < line.length ? "…" : ""}`;
}
