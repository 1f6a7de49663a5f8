/** A paragraph, heading, list entry, row or piece of code, as text. */
export interface Block {
  readonly text: string;
  /** Neighbours of the same group stand without an empty line between: the entries of a list, the rows of a table. */
  readonly group?: string;
}

/** Collects blocks up to a limit; cells of a table row are collected apart and joined when the row ends. */
export interface BlockWriter {
  write(block: Block): void;
  startTable(): void;
  startRow(): void;
  startCell(isHead: boolean): void;
  endRow(): void;
  isInCell(): boolean;
  /** True once as much is written as may be. */
  isFull(): boolean;
  /** Everything written, at most `limit` characters. */
  finish(): string;
}

/** Longest text of a cell that stands in a row; a table with longer ones is there for the layout of the page. */
const longestCell = 400;

/** Makes a writer of at most `limit` characters (UTF-16 units). */
export function createBlockWriter(limit: number): BlockWriter {
  const page: Block[] = [];
  let written = 0;
  let tables = 0;
  let rows = 0;
  let row: { readonly cells: Block[][]; isHead: boolean } | undefined;

  const put = (block: Block): void => {
    page.push(block);
    written += block.text.length + 2;
  };
  const endRow = (): void => {
    const ended = row;
    row = undefined;
    if (ended === undefined) return;
    const texts = ended.cells.map((cell) => cell.map((block) => block.text).join(" ").replaceAll(/\s+/g, " ").replaceAll("|", "\\|"));
    if (texts.filter((text) => text !== "").length < 2 || texts.some((text) => text.length > longestCell)) {
      for (const block of ended.cells.flat()) put(block);
      return;
    }
    const group = `table ${tables}`;
    put({ text: `| ${texts.join(" | ")} |`, group });
    if (rows === 0 && ended.isHead) put({ text: `|${" --- |".repeat(texts.length)}`, group });
    rows += 1;
  };
  return {
    write(block) {
      const cell = row?.cells.at(-1);
      if (cell === undefined) return put(block);
      cell.push(block);
      written += block.text.length;
    },
    startTable() {
      endRow();
      tables += 1;
      rows = 0;
    },
    startRow() {
      endRow();
      row = { cells: [], isHead: false };
    },
    startCell(isHead) {
      row ??= { cells: [], isHead };
      row.isHead ||= isHead;
      row.cells.push([]);
    },
    endRow,
    isInCell: () => (row?.cells.length ?? 0) > 0,
    isFull: () => written > limit,
    finish() {
      endRow();
      return join(page).slice(0, limit).replace(/[\uD800-\uDBFF]$/, "");
    },
  };
}

function join(blocks: readonly Block[]): string {
  const toGap = (block: Block, before: Block | undefined): string => (before === undefined ? "" : block.group !== undefined && block.group === before.group ? "\n" : "\n\n");
  return blocks.map((block, index) => toGap(block, blocks[index - 1]) + block.text).join("");
}
