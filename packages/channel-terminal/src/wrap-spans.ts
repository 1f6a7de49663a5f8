import type { Ink, Paint } from "./ink.ts";
import { toGraphemes, widthOf, widthOfGrapheme } from "./text-width.ts";
import { toSafeTerminalText } from "./safe-text.ts";

/** Text of one look. `\n` begins a row. */
export interface Span {
  readonly text: string;
  readonly inks: readonly Ink[];
}

/** A span of text that somebody else wrote, made harmless. */
export function toSpan(text: string, inks: readonly Ink[] = []): Span {
  return { text: toSafeTerminalText(text).replaceAll("\t", "    "), inks };
}

/** A row that is being filled. */
interface Filling {
  readonly rows: string[];
  row: Span[];
  column: number;
}

/** A run of text without white space, perhaps of several looks; or the white space, or the line end, before the next one. */
interface Word {
  readonly spans: Span[];
  readonly kind: "word" | "space" | "break";
}

/** Breaks spans into painted rows of at most `width` cells, between words where that is possible. No rows for no text. */
export function wrapSpans(spans: readonly Span[], width: number, paint: Paint): readonly string[] {
  const filling: Filling = { rows: [], row: [], column: 0 };
  const finish = (): void => {
    filling.rows.push(toRow(filling.row, paint));
    filling.row = [];
    filling.column = 0;
  };
  let space: Word | undefined;
  for (const word of toWords(spans)) {
    if (word.kind === "break") {
      space = undefined;
      finish();
    } else if (word.kind === "space") space = word;
    else {
      const gap = space === undefined ? 0 : widthOfSpans(space.spans);
      if (filling.column > 0 && filling.column + gap + widthOfSpans(word.spans) > width) finish();
      else if (space !== undefined && gap < width) add(filling, space.spans, gap);
      space = undefined;
      addWord(filling, word, width, finish);
    }
  }
  if (filling.row.length > 0) finish();
  return filling.rows;
}

function add(filling: Filling, spans: readonly Span[], width: number): void {
  filling.row.push(...spans);
  filling.column += width;
}

/** A word that is wider than a row goes on in the next one, between two characters. */
function addWord(filling: Filling, word: Word, width: number, finish: () => void): void {
  const wide = widthOfSpans(word.spans);
  if (filling.column + wide <= width) return add(filling, word.spans, wide);
  for (const { text, inks } of word.spans) {
    for (const grapheme of toGraphemes(text)) {
      const cells = widthOfGrapheme(grapheme);
      if (filling.column > 0 && filling.column + cells > width) finish();
      add(filling, [{ text: grapheme, inks }], cells);
    }
  }
}

function toWords(spans: readonly Span[]): readonly Word[] {
  const words: Word[] = [];
  for (const { text, inks } of spans) {
    for (const piece of text.match(/\n|[^\S\n]+|\S+/g) ?? []) {
      const kind = piece === "\n" ? "break" : /\S/.test(piece) ? "word" : "space";
      const last = words.at(-1);
      if (last !== undefined && last.kind === kind && kind !== "break") last.spans.push({ text: piece, inks });
      else words.push({ kind, spans: [{ text: piece, inks }] });
    }
  }
  return words;
}

function widthOfSpans(spans: readonly Span[]): number {
  return spans.reduce((total, { text }) => total + widthOf(text), 0);
}

/** Neighbours of one look are painted together. */
function toRow(spans: readonly Span[], paint: Paint): string {
  let row = "";
  for (let start = 0; start < spans.length; ) {
    const inks = spans[start]?.inks ?? [];
    let text = "";
    for (; start < spans.length && isSame(spans[start]?.inks ?? [], inks); start += 1) text += spans[start]?.text ?? "";
    row += paint(text, ...inks);
  }
  return row;
}

function isSame(left: readonly Ink[], right: readonly Ink[]): boolean {
  return left === right || (left.length === right.length && left.every((ink, index) => ink === right[index]));
}
