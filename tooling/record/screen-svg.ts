import type { DrivenTerminal } from "../../apps/cli/test/blackbox/driven-terminal.ts";

type Emulator = DrivenTerminal["emulator"];
type Cell = NonNullable<ReturnType<NonNullable<ReturnType<Emulator["buffer"]["active"]["getLine"]>>["getCell"]>>;

/** Size of a cell and of the frame, in units of the picture. */
const cell = { width: 8.4, height: 18 };
const margin = 16;

const ground = "#16181d";
const usual = "#d7dae0";
const palette: Readonly<Record<number, string>> = { 1: "#e06c75", 2: "#98c379", 3: "#e5c07b", 4: "#61afef", 5: "#c678dd", 6: "#56b6c2" };

/** Cells side by side that look the same. */
interface Run {
  readonly column: number;
  readonly columns: number;
  readonly text: string;
  readonly look: string;
}

/** The screen of an emulator as a picture, the same for the same cells. `edit` may change a row's text, never its length. */
export function toScreenSvg(emulator: Emulator, edit: (text: string) => string): string {
  const { active } = emulator.buffer;
  const rows = lastRow(emulator) + 1;
  const [width, height] = [emulator.cols * cell.width + 2 * margin, rows * cell.height + 2 * margin];
  const lines = Array.from({ length: rows }, (_, row) => toRuns(emulator, active.baseY + row).map((run) => toText(run, row, edit)).join(""));
  const cursor = `<rect x="${toX(active.cursorX)}" y="${margin + active.cursorY * cell.height + 1}" width="${cell.width}" height="${cell.height - 2}" fill="${usual}" opacity="0.6"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${height}" width="${round(width)}" height="${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
    `<rect width="100%" height="100%" rx="8" fill="${ground}"/>`,
    ...lines.filter((line) => line !== ""),
    active.cursorY < rows ? cursor : "",
    "</svg>",
    "",
  ].join("\n");
}

function lastRow(emulator: Emulator): number {
  const { active } = emulator.buffer;
  for (let row = emulator.rows - 1; row > active.cursorY; row -= 1) {
    if ((active.getLine(active.baseY + row)?.translateToString(true) ?? "") !== "") return row;
  }
  return active.cursorY;
}

function toRuns(emulator: Emulator, line: number): readonly Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < emulator.cols; column += 1) {
    const each = emulator.buffer.active.getLine(line)?.getCell(column);
    if (each === undefined || each.getWidth() === 0) continue;
    const text = each.getChars() === "" ? " " : each.getChars();
    const [look, last] = [toLook(each), runs.at(-1)];
    if (last?.look === look) runs[runs.length - 1] = { ...last, columns: last.columns + each.getWidth(), text: last.text + text };
    else runs.push({ column, columns: each.getWidth(), text, look });
  }
  return runs.filter((run) => run.text.trim() !== "" || run.look.includes("underline"));
}

function toLook(each: Cell): string {
  const decorations = [each.isUnderline() !== 0 ? "underline" : "", each.isStrikethrough() !== 0 ? "line-through" : ""].filter((name) => name !== "").join(" ");
  return [
    ` fill="${each.isFgPalette() ? (palette[each.getFgColor() % 8] ?? usual) : usual}"`,
    each.isBold() !== 0 ? ' font-weight="bold"' : "",
    each.isItalic() !== 0 ? ' font-style="italic"' : "",
    each.isDim() !== 0 ? ' opacity="0.6"' : "",
    decorations === "" ? "" : ` text-decoration="${decorations}"`,
  ].join("");
}

function toText({ column, columns, text, look }: Run, row: number, edit: (text: string) => string): string {
  const start = text.length - text.trimStart().length;
  const shown = text.trim();
  const cells = columns - (text.length - shown.length);
  // The length is told, so that every font keeps the columns.
  return `<text x="${toX(column + start)}" y="${margin + row * cell.height + 13}" textLength="${round(cells * cell.width)}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"${look}>${escape(edit(shown))}</text>`;
}

function toX(column: number): number {
  return round(margin + column * cell.width);
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
