import type { Footer } from "./screen.ts";
import type { LineEditor } from "./line-editor.ts";
import type { RowStyle } from "./markdown-rows.ts";
import { layOutInput } from "./input-layout.ts";
import { toFit } from "./text-width.ts";
import { toOneLine } from "./safe-text.ts";
import { toSpan, wrapSpans } from "./wrap-spans.ts";

/** Most rows for what is written, for messages that wait, and for a remark. */
const mostInput = 10;
const mostQueued = 3;
const mostNotice = 3;

/** What stands below what was printed. */
export interface FooterParts {
  readonly style: RowStyle;
  /** Rows there are. */
  readonly height: number;
  readonly editor: LineEditor;
  /** Before what is written. */
  readonly prompt: string;
  /** Above it: what can be answered. Empty for nothing. */
  readonly question: string;
  /** Messages that wait for their turn. */
  readonly queued: readonly string[];
  /** A remark on what was just typed. */
  readonly notice: string;
  /** Rows of the running turn, at most so many. */
  open(height: number): readonly string[];
}

/** Lays the footer out so that it fits the screen, whatever its size: what is written comes first, then what is asked, then the rest. */
export function layOutFooter(parts: FooterParts): Footer {
  const { style, height, editor, prompt, queued } = parts;
  const { width, paint } = style;
  const input = layOutInput(editor.input.units, editor.input.cursor, { prompt, width, height: Math.min(mostInput, Math.max(1, Math.floor(height / 2))) });
  const wrap = (text: string, most: number): readonly string[] => wrapSpans([toSpan(text)], width, paint).slice(0, most);
  const search = editor.search === undefined ? [] : [paint(toFit(`search: ${toOneLine(editor.search)}`, width), "dim")];
  const notice = wrap(parts.notice, mostNotice).map((row) => paint(row, "bad"));
  const question = wrap(parts.question, mostNotice).map((row) => paint(row, "bold"));
  const waiting = queued.slice(0, mostQueued).map((text) => paint(toFit(`queued: ${text}`, width), "dim"));
  const more = queued.length > mostQueued ? [paint(toFit(`and ${queued.length - mostQueued} more`, width), "dim")] : [];
  const below = [...waiting, ...more, ...notice, ...question, ...search];
  const room = height - input.rows.length - below.length - 1;
  const open = room > 0 ? parts.open(room) : [];
  const rows = [...open, ...(room > 0 ? [""] : []), ...below, ...input.rows.map((row, index) => (index === 0 && row.startsWith(prompt) ? paint(prompt, "accent") + row.slice(prompt.length) : row))];
  const kept = rows.slice(-height);
  return { rows: kept, row: Math.max(0, kept.length - input.rows.length + input.row), column: input.column };
}
