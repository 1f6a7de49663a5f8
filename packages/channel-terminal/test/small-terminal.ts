import type { TerminalDevice } from "@omni/core";
import { toGraphemes, widthOfGrapheme } from "../src/text-width.ts";

/** A terminal in memory: it obeys what the channel writes, so that a test sees what a person would. */
export interface SmallTerminal {
  readonly device: TerminalDevice;
  /** Types, as the keyboard would send it. */
  type(text: string): void;
  /** The input ends. */
  hangUp(): void;
  /** All rows, those that were scrolled away first, without trailing spaces and empty rows at the end. */
  rows(): readonly string[];
  /** Those on the screen. */
  screen(): readonly string[];
  /** The row among all rows. */
  readonly cursor: { readonly row: number; readonly column: number };
  /** Another size; nothing is wrapped anew. */
  resize(columns: number, rows: number): void;
  /** Everything that was written. */
  readonly written: string;
  readonly hasKeys: boolean;
}

type Row = { readonly cells: Map<number, string> };

/** Makes an empty terminal. */
export function createSmallTerminal(size: { readonly columns?: number; readonly rows?: number; readonly hasColors?: boolean; readonly isTerminal?: boolean } = {}): SmallTerminal {
  let { columns = 80, rows: height = 24 } = size;
  let written = "";
  let hasKeys = false;
  const listeners = new Set<() => void>();
  const input = createInput();
  const grid = createGrid(() => columns, () => height);
  const device: TerminalDevice = {
    isTerminal: size.isTerminal ?? true,
    hasColors: size.hasColors ?? true,
    get columns() {
      return columns;
    },
    get rows() {
      return height;
    },
    async write(text) {
      written += text;
      grid.write(text);
    },
    read: input.read,
    onResize(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    takeKeys(farewell) {
      hasKeys = true;
      return () => {
        hasKeys = false;
        grid.write(farewell);
        written += farewell;
      };
    },
  };
  return {
    device,
    type: input.push,
    hangUp: input.end,
    rows: grid.rows,
    screen: grid.screen,
    get cursor() {
      return grid.cursor();
    },
    resize(nextColumns, nextRows) {
      [columns, height] = [nextColumns, nextRows];
      for (const listener of listeners) listener();
    },
    get written() {
      return written;
    },
    get hasKeys() {
      return hasKeys;
    },
  };
}

function createInput(): { push(text: string): void; end(): void; read(signal: AbortSignal): AsyncIterable<string> } {
  const waiting: string[] = [];
  let isEnded = false;
  let wake = Promise.withResolvers<void>();
  const stir = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  return {
    push(text) {
      waiting.push(text);
      stir();
    },
    end() {
      isEnded = true;
      stir();
    },
    async *read(signal) {
      signal.addEventListener("abort", stir, { once: true });
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else if (isEnded) return;
        else await wake.promise;
      }
    },
  };
}

function createGrid(columns: () => number, height: () => number): Pick<SmallTerminal, "rows" | "screen"> & { write(text: string): void; cursor(): { row: number; column: number } } {
  const grid: Row[] = [{ cells: new Map() }];
  let top = 0;
  let [row, column] = [0, 0];
  const at = (index: number): Row => {
    while (grid.length <= index) grid.push({ cells: new Map() });
    return grid[index] ?? { cells: new Map() };
  };
  const feed = (): void => {
    row += 1;
    at(row);
    top = Math.max(top, row - height() + 1);
  };
  const put = (grapheme: string): void => {
    const width = widthOfGrapheme(grapheme);
    if (column + width > columns()) {
      column = 0;
      feed();
    }
    at(row).cells.set(column, grapheme);
    for (let next = column + 1; next < column + width; next += 1) at(row).cells.delete(next);
    column += width;
  };
  const obey = (parameters: string, final: string): void => {
    const count = Math.max(1, Number(parameters) || 1);
    if (final === "A") row = Math.max(top, row - count);
    else if (final === "C") column = Math.min(columns() - 1, column + count);
    else if (final === "H") [row, column] = [top, 0];
    else if (final === "K") for (const key of [...at(row).cells.keys()].filter((each) => each >= column)) at(row).cells.delete(key);
    else if (final === "J" && parameters === "2") for (let index = top; index < grid.length; index += 1) at(index).cells.clear();
    else if (final === "J") {
      obey("", "K");
      for (let index = row + 1; index < grid.length; index += 1) at(index).cells.clear();
    } else if (!"mhl".includes(final)) throw new Error(`the small terminal does not know CSI ${parameters} ${final}`);
  };
  const write = (text: string): void => {
    for (const [piece, parameters, final] of text.matchAll(/\u001b\[([0-9;?]*)([A-Za-z])|\r|\n|[^\u001b\r\n]+|\u001b/g)) {
      if (final !== undefined) obey(parameters ?? "", final);
      else if (piece === "\r") column = 0;
      else if (piece === "\n") feed();
      else if (piece === "\u001b") throw new Error("a lone escape was written");
      else for (const grapheme of toGraphemes(piece)) put(grapheme);
    }
  };
  const toText = ({ cells }: Row): string => {
    let text = "";
    let place = 0;
    for (const [key, grapheme] of [...cells.entries()].sort(([left], [right]) => left - right)) {
      text += " ".repeat(Math.max(0, key - place)) + grapheme;
      place = key + widthOfGrapheme(grapheme);
    }
    return text.trimEnd();
  };
  const toRows = (from: number): readonly string[] => {
    const rows = grid.slice(from).map(toText);
    while (rows.at(-1) === "") rows.pop();
    return rows;
  };
  return { write, rows: () => toRows(0), screen: () => toRows(top), cursor: () => ({ row, column }) };
}
