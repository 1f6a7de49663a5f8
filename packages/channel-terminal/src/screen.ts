import type { TerminalDevice } from "@omni/core";
import { toUnpainted } from "./ink.ts";
import { widthOf } from "./text-width.ts";

/** What stands at the bottom and is drawn again and again. */
export interface Footer {
  /** Painted rows, each narrower than the screen. */
  readonly rows: readonly string[];
  /** Where the cursor stands: a row of these and a cell of it. */
  readonly row: number;
  readonly column: number;
}

/**
 * A screen in two parts: what was printed, which the terminal scrolls and
 * nobody touches again, and the footer below it. All writing goes through
 * one frame at a time, so that nothing half drawn is seen.
 */
export interface Screen {
  /** Cells a row may have: one less than the terminal, so that no row ever wraps by itself. */
  readonly width: number;
  /** Rows a footer may have without scrolling anything away. */
  readonly height: number;
  /** Draws: printed rows above, then the footer. */
  draw(printed: readonly string[], footer: Footer): void;
  /** Forgets where the footer is, and clears the screen before the next drawing. */
  reset(): void;
  /** The footer is taken away; the cursor stands where it began. */
  clear(): void;
  /** Resolves when all that was drawn was taken. */
  settled(): Promise<void>;
}

const nothing: Footer = { rows: [], row: 0, column: 0 };

/** Frames are shown at once by terminals that know how; the others pass over these. */
const beginFrame = "\u001b[?2026h\u001b[?25l";
const endFrame = "\u001b[?25h\u001b[?2026l";

/** Makes a screen on a device that can move the cursor. */
export function createScreen(device: TerminalDevice): Screen {
  let drawn = nothing;
  let isCleared = false;
  let writing: Promise<void> = Promise.resolve();
  const write = (text: string): void => {
    writing = device.write(text);
  };
  return {
    get width() {
      return Math.max(1, device.columns - 1);
    },
    get height() {
      return Math.max(1, device.rows - 1);
    },
    draw(printed, footer) {
      const start = isCleared ? "\u001b[H\u001b[2J" : toTop(drawn, device.columns);
      const same = printed.length === 0 && !isCleared ? countSame(drawn, footer, device.columns) : 0;
      const rows = [...printed, ...footer.rows].slice(same);
      // A row that is as it was is passed over; the rest is written over what was there and then cleared to its end.
      const body = rows.map((row) => `${row}\u001b[K`).join("\r\n");
      const below = rows.length === 0 ? "" : `${body}\u001b[J`;
      const up = Math.max(0, footer.rows.length - 1 - footer.row);
      const back = `${up > 0 ? `\u001b[${up}A` : ""}\r${footer.column > 0 ? `\u001b[${footer.column}C` : ""}`;
      isCleared = false;
      drawn = footer;
      write(`${beginFrame}${start}${same > 0 ? "\r\n".repeat(same) : ""}${below}${back}${endFrame}`);
    },
    reset() {
      drawn = nothing;
      isCleared = true;
    },
    clear() {
      write(`${toTop(drawn, device.columns)}\u001b[J`);
      drawn = nothing;
    },
    settled: () => writing,
  };
}

/** How many rows from the top of the footer are as they were. The last row is always drawn, for the cursor. */
function countSame(drawn: Footer, footer: Footer, columns: number): number {
  if (drawn.rows.some((row) => cellsOf(row) >= columns)) return 0;
  const most = Math.min(drawn.rows.length, footer.rows.length) - 1;
  let same = 0;
  while (same < most && drawn.rows[same] === footer.rows[same]) same += 1;
  return same;
}

/**
 * To the first cell of the footer. A terminal that was made narrower has
 * broken the rows that no longer fit, so they are counted as they stand now;
 * the row of the cursor it leaves alone, or breaks after it.
 */
function toTop({ rows, row }: Footer, columns: number): string {
  const above = rows.slice(0, row).reduce((total, each) => total + Math.max(1, Math.ceil(cellsOf(each) / columns)), 0);
  return `${above > 0 ? `\u001b[${above}A` : ""}\r`;
}

function cellsOf(row: string): number {
  return widthOf(toUnpainted(row));
}
