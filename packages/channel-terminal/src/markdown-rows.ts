import type { MarkedToken, Token, Tokens } from "marked";
import { lexer } from "marked";
import type { Paint } from "./ink.ts";
import { isMarked, toSpans } from "./markdown-inline.ts";
import { toSafeTerminalText } from "./safe-text.ts";
import { toSpan, wrapSpans } from "./wrap-spans.ts";
import { toTableRows } from "./markdown-table.ts";
import { toGraphemes, widthOf, widthOfGrapheme } from "./text-width.ts";

/** What rows are made for. */
export interface RowStyle {
  /** Most cells of a row. */
  readonly width: number;
  readonly paint: Paint;
  /** False shows headings with their signs, for terminals that have no bold. */
  readonly hasColors: boolean;
}

/** Fewest cells that are left of a row for what is indented; with fewer nothing is. */
const narrowest = 6;

/** Markdown as painted rows, harmless whatever the text holds, none wider than the width. */
export function toMarkdownRows(text: string, style: RowStyle): readonly string[] {
  return joinBlocks(toTokens(text), style, true);
}

/** Text without Markdown as rows. */
export function toPlainRows(text: string, { width, paint }: RowStyle): readonly string[] {
  return wrapSpans([toSpan(text)], width, paint);
}

/** A line of code as rows: nothing of it is changed, and it breaks only where the row is full. */
export function toCodeRows(line: string, { width, paint }: RowStyle): readonly string[] {
  const indent = width - 2 < narrowest ? "" : "  ";
  const safe = toSafeTerminalText(line).replaceAll("\t", "    ");
  const rows = safe === "" ? [""] : cutRows(safe, width - indent.length);
  return rows.map((row) => (row === "" ? "" : indent + paint(row, "code")));
}

/** The name of the language above a code block; none for none. */
export function toCodeHead(language: string, { width, paint }: RowStyle): readonly string[] {
  const name = toSafeTerminalText(language).trim().split(/\s/)[0] ?? "";
  return name === "" ? [] : cutRows(name, Math.max(2, width - 2)).slice(0, 1).map((row) => `${width - 2 < narrowest ? "" : "  "}${paint(row, "dim")}`);
}

/** A reader that gives up would take the answer with it: what cannot be parsed is shown as it is. */
function toTokens(text: string): readonly Token[] {
  try {
    return lexer(text);
  } catch {
    return [{ type: "text", raw: text, text }];
  }
}

function joinBlocks(tokens: readonly Token[], style: RowStyle, isLoose: boolean): readonly string[] {
  const blocks = tokens.flatMap((token) => (isMarked(token) ? [toBlockRows(token, style)] : [])).filter((rows) => rows.length > 0);
  return blocks.flatMap((rows, index) => (index === 0 || !isLoose ? rows : ["", ...rows]));
}

function toBlockRows(token: MarkedToken, style: RowStyle): readonly string[] {
  const { width, paint, hasColors } = style;
  switch (token.type) {
    case "space":
    case "checkbox":
      return [];
    case "heading": {
      const sign = hasColors ? [] : [toSpan(`${"#".repeat(token.depth)} `)];
      return wrapSpans([...sign, ...toSpans(token.tokens, token.depth === 1 ? ["bold", "underline"] : ["bold"])], width, paint);
    }
    case "code":
      return [...toCodeHead(token.lang ?? "", style), ...token.text.split("\n").flatMap((line) => toCodeRows(line, style))];
    case "hr":
      return [paint("─".repeat(width), "dim")];
    case "blockquote":
      return indentRows(paint("│ ", "dim"), paint("│ ", "dim"), style, (inner) => joinBlocks(token.tokens, inner, true));
    case "list":
      return toListRows(token, style);
    case "table":
      return toTableRows(token, width, paint);
    case "paragraph":
    case "text":
      return wrapSpans(token.tokens === undefined ? [toSpan(token.text)] : toSpans(token.tokens), width, paint);
    default:
      return wrapSpans([toSpan(token.raw.trimEnd())], width, paint);
  }
}

function toListRows(list: Tokens.List, style: RowStyle): readonly string[] {
  const start = list.start === "" ? 1 : list.start;
  return list.items.flatMap((item, index) => {
    const mark = `${list.ordered ? `${start + index}.` : "•"} ${item.task ? (item.checked === true ? "[x] " : "[ ] ") : ""}`;
    const rows = indentRows(style.paint(mark, "dim"), " ".repeat(widthOf(mark)), style, (inner) => joinBlocks(item.tokens, inner, item.loose));
    const shown = rows.length === 0 ? [mark.trimEnd()] : rows;
    return index > 0 && list.loose ? ["", ...shown] : shown;
  });
}

/** Puts `first` before the first row and `rest` before the others; left out where too little room would remain. */
function indentRows(first: string, rest: string, style: RowStyle, toRows: (inner: RowStyle) => readonly string[]): readonly string[] {
  const cells = widthOf(rest.replaceAll(/\u001b\[[0-9;]*m/g, ""));
  if (style.width - cells < narrowest) return toRows(style);
  const rows = toRows({ ...style, width: style.width - cells });
  return rows.map((row, index) => `${index === 0 ? first : rest}${row}`.trimEnd());
}

/** Cuts where a row is full, between two characters. */
function cutRows(text: string, width: number): readonly string[] {
  const rows = [""];
  let column = 0;
  for (const grapheme of toGraphemes(text)) {
    const cells = widthOfGrapheme(grapheme);
    if (column > 0 && column + cells > width) {
      rows.push("");
      column = 0;
    }
    rows[rows.length - 1] += grapheme;
    column += cells;
  }
  return rows;
}
