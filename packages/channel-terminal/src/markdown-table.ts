import type { Tokens } from "marked";
import type { Paint } from "./ink.ts";
import type { Span } from "./wrap-spans.ts";
import { toSpans } from "./markdown-inline.ts";
import { toUnpainted } from "./ink.ts";
import { widthOf } from "./text-width.ts";
import { wrapSpans } from "./wrap-spans.ts";

const separator = " │ ";
const crossing = "─┼─";

/** Fewest cells of a column; where not even these fit, the table becomes a list. */
const narrowest = 4;

type Cells = readonly (readonly Span[])[];

/** A table fitted to the width: the widest column is made narrower first and its texts wrap. */
export function toTableRows(table: Tokens.Table, width: number, paint: Paint): readonly string[] {
  const head = table.header.map((cell) => toSpans(cell.tokens, ["bold"]));
  const body = table.rows.map((row) => head.map((_, index) => toSpans(row[index]?.tokens)));
  const room = width - separator.length * (head.length - 1);
  if (room < narrowest * head.length) return toListRows(head, body, width, paint);
  const widths = fitColumns([head, ...body], room);
  const toLines = (cells: Cells): readonly string[] => toRowLines(cells, widths, { align: table.align, paint });
  return [...toLines(head), paint(widths.map((each) => "─".repeat(each)).join(crossing), "dim"), ...body.flatMap(toLines)];
}

function fitColumns(rows: readonly Cells[], room: number): readonly number[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(1, ...rows.map((row) => Math.max(0, ...toText(row[index]).split("\n").map(widthOf)))));
  for (let excess = sum(widths) - room; excess > 0; excess = sum(widths) - room) {
    const widest = Math.max(...widths);
    const second = Math.max(narrowest, ...widths.filter((each) => each < widest));
    widths[widths.indexOf(widest)] = Math.max(narrowest, widest - excess, second === widest ? narrowest : second - 1);
    if (widest <= narrowest) break;
  }
  return widths;
}

function toRowLines(cells: Cells, widths: readonly number[], { align, paint }: { readonly align: Tokens.Table["align"]; readonly paint: Paint }): readonly string[] {
  const columns = widths.map((width, index) => wrapSpans(cells[index] ?? [], width, paint));
  const height = Math.max(1, ...columns.map((rows) => rows.length));
  return Array.from({ length: height }, (_, line) =>
    columns.map((rows, index) => toAligned(rows[line] ?? "", widths[index] ?? 0, align[index] ?? "left")).join(paint(separator, "dim")).trimEnd(),
  );
}

function toAligned(text: string, width: number, align: "left" | "right" | "center"): string {
  const space = Math.max(0, width - widthOf(toUnpainted(text)));
  const before = align === "right" ? space : align === "center" ? Math.floor(space / 2) : 0;
  return " ".repeat(before) + text + " ".repeat(space - before);
}

/** A row a group of lines, each `head: text`. */
function toListRows(head: Cells, body: readonly Cells[], width: number, paint: Paint): readonly string[] {
  return body.flatMap((row, index) => [
    ...(index === 0 ? [] : [""]),
    ...row.flatMap((cell, column) => wrapSpans([...(head[column] ?? []), { text: ": ", inks: ["bold"] }, ...cell], width, paint)),
  ]);
}

function toText(spans: readonly Span[] | undefined): string {
  return (spans ?? []).map((span) => span.text).join("");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
