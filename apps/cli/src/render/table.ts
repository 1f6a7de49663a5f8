import { toFit, toPadded, widthOf } from "./text-width.ts";
import { toOneLine } from "./safe-text.ts";

/** Space between two columns. */
const gap = 2;

/** Fewest cells a column is cut to. */
const narrowest = 4;

/**
 * Rows as a table with a head. In a terminal of `columns` cells the widest
 * column is cut first; without a width (a file, a pipe) nothing is.
 */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[], columns: number | undefined): string {
  const cells = [head, ...rows].map((row) => head.map((_, index) => toOneLine(row[index] ?? "")));
  const widths = fitWidths(
    head.map((_, index) => Math.max(...cells.map((row) => widthOf(row[index] ?? "")))),
    columns,
  );
  const lines = cells.map((row) => row.map((cell, index) => toPadded(toFit(cell, widths[index] ?? 0), widths[index] ?? 0)).join(" ".repeat(gap)).trimEnd());
  return `${lines.join("\n")}\n`;
}

/** Takes cells from the widest column until the row fits, or every column is as narrow as it may be. */
function fitWidths(natural: readonly number[], columns: number | undefined): readonly number[] {
  const widths = [...natural];
  if (columns === undefined) return widths;
  const room = columns - gap * (widths.length - 1);
  for (let excess = sum(widths) - room; excess > 0; excess = sum(widths) - room) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) break;
    const place = widths.indexOf(widest);
    const second = Math.max(narrowest, ...widths.filter((width) => width < widest));
    widths[place] = Math.max(second - 1, narrowest, widest - excess);
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
