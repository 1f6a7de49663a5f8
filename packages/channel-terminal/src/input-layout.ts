import type { InputUnit } from "./input-text.ts";
import { toFit, widthOf } from "./text-width.ts";
import { toShown } from "./input-text.ts";

/** Rows of cells with the place of the cursor among them. */
export interface InputLayout {
  readonly rows: readonly string[];
  readonly row: number;
  readonly column: number;
}

/** What an input is laid out in. */
export interface InputFrame {
  /** Before the first row, and as much space before the others. */
  readonly prompt: string;
  /** Cells of a row; a row may be this wide, and the cursor stand after its last cell. */
  readonly width: number;
  /** Most rows; of more the ones about the cursor are shown. */
  readonly height: number;
}

/** Lays an input out. Units are never cut in two; one that is wider than a row is shortened. */
export function layOutInput(units: readonly InputUnit[], cursor: number, { prompt, width, height }: InputFrame): InputLayout {
  const room = Math.max(1, width);
  const first = room > widthOf(prompt) + 1 ? prompt : "";
  const indent = " ".repeat(widthOf(first));
  const rows: string[] = [];
  let row = first;
  let column = widthOf(first);
  let place = { row: 0, column };
  const breakRow = (): void => {
    rows.push(row);
    row = indent;
    column = indent.length;
  };
  for (const [index, unit] of units.entries()) {
    const isBreak = unit.text === "\n" && unit.label === undefined;
    const shown = isBreak ? "" : toFit(toShown(unit), Math.max(1, room - indent.length));
    const wide = widthOf(shown);
    if (!isBreak && column + wide > room && column > indent.length) breakRow();
    if (index === cursor) place = { row: rows.length, column };
    row += shown;
    column += wide;
    if (isBreak) breakRow();
  }
  if (cursor >= units.length) place = { row: rows.length, column: Math.min(column, room) };
  rows.push(row);
  return toWindow({ rows, ...place }, Math.max(1, height));
}

/** The rows about the cursor, as many as fit. */
function toWindow({ rows, row, column }: InputLayout, height: number): InputLayout {
  const start = Math.max(0, Math.min(row - Math.floor(height / 2), rows.length - height));
  return { rows: rows.slice(start, start + height), row: row - start, column };
}
