/** Cuts a stream of bytes into lines, holding no more than one line of bounded length. */
export interface LineSplitter {
  /** The lines that are complete now, without their ends. */
  push(chunk: Uint8Array): readonly string[];
  /** True once a line was longer than allowed; after that nothing comes any more. */
  readonly isOverflown: boolean;
}

/** Splits at line feeds; a carriage return before one and a byte order mark go with it. */
export function createLineSplitter(mostBytes: number): LineSplitter {
  const decoder = new TextDecoder();
  let pieces: Uint8Array[] = [];
  let held = 0;
  let isOverflown = false;

  const take = (last: Uint8Array): string => {
    const line = decoder.decode(pieces.length === 0 ? last : Buffer.concat([...pieces, last]));
    pieces = [];
    held = 0;
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  };

  return {
    push(chunk) {
      const lines: string[] = [];
      let start = 0;
      while (!isOverflown && start < chunk.length) {
        const end = chunk.indexOf(10, start);
        const piece = chunk.subarray(start, end === -1 ? chunk.length : end);
        if (held + piece.length > mostBytes) {
          isOverflown = true;
          pieces = [];
          break;
        }
        if (end === -1) {
          pieces.push(piece);
          held += piece.length;
          break;
        }
        lines.push(take(piece));
        start = end + 1;
      }
      return lines;
    },
    get isOverflown() {
      return isOverflown;
    },
  };
}
