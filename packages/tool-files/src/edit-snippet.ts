import type { Occurrence } from "./replace-text.ts";
import { toPlainEnds } from "./replace-text.ts";

/** Places shown, lines shown of each side of one, and lines around it. */
const mostPlaces = 5;
const mostLines = 20;
const around = 2;
const mostCharacters = 300;
const mostContext = 4_000;

/** What an edit changed, in the manner of a diff, with the number of the first changed line of each place. */
export function toEditSnippet(text: string, places: readonly Occurrence[], replacement: string): string {
  const shown = places.slice(0, mostPlaces).map((place) => toHunk(text, place, replacement));
  const left = places.length - shown.length;
  return [...shown, ...(left > 0 ? [`… and ${left} more like these`] : [])].join("\n");
}

/** Number of the line, from 1, in which each place begins. */
export function toLineNumbers(text: string, places: readonly Occurrence[]): readonly number[] {
  const numbers: number[] = [];
  let line = 1;
  let at = 0;
  for (const place of places) {
    for (let found = text.indexOf("\n", at); found !== -1 && found < place.from; found = text.indexOf("\n", found + 1)) {
      line += 1;
      at = found + 1;
    }
    numbers.push(line);
  }
  return numbers;
}

function toHunk(text: string, place: Occurrence, replacement: string): string {
  const start = place.from === 0 ? 0 : text.lastIndexOf("\n", place.from - 1) + 1;
  const isWholeLines = text[place.to - 1] === "\n";
  const next = text.indexOf("\n", place.to);
  const end = isWholeLines ? place.to - 1 : next === -1 ? text.length : next;
  const removed = text.slice(start, end).split("\n");
  const rest = isWholeLines ? "" : text.slice(place.to, end);
  const whole = text.slice(start, place.from) + toPlainEnds(replacement) + rest;
  const added = isWholeLines && whole === "" ? [] : (isWholeLines ? whole.replace(/\n$/, "") : whole).split("\n");
  const before = start === 0 ? [] : text.slice(Math.max(0, start - mostContext), start - 1).split("\n").slice(-around);
  const after = end + 1 >= text.length ? [] : text.slice(end + 1, end + 1 + mostContext).replace(/\n$/, "").split("\n").slice(0, around);
  const number = toLineNumbers(text, [place])[0] ?? 1;
  return [`@@ line ${number} @@`, ...mark(before, " "), ...mark(removed, "-"), ...mark(added, "+"), ...mark(after, " ")].join("\n");
}

function mark(lines: readonly string[], sign: string): readonly string[] {
  const shown = lines.slice(0, mostLines).map((line) => sign + clean(line));
  return lines.length > mostLines ? [...shown, `${sign}… ${lines.length - mostLines} more lines`] : shown;
}

function clean(line: string): string {
  const plain = line.replace(/\r$/, "");
  return plain.length > mostCharacters ? `${plain.slice(0, mostCharacters)}…` : plain;
}
