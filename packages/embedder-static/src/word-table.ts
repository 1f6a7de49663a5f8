import { toWordHash } from "./word-hash.ts";

/** The words that have a vector of meaning. */
export interface WordTable {
  readonly dimensions: number;
  /** Place of a word, which must be in lower case; -1 where it is not in the table. */
  find(word: string): number;
  /** Adds the vector of a place, of length one, times the word's weight and `times`, to `sum`. */
  add(sum: Float32Array, place: number, times: number): void;
}

/** What a table is read from; see `static-vectors.ts` for the bytes. */
export interface EncodedTable {
  readonly count: number;
  readonly dimensions: number;
  /** Base 64. */
  readonly bytes: string;
}

/**
 * Opens a table without unpacking it: what a text needs is unpacked when it
 * is added. Only hashes of the words are kept, so about one unknown word in
 * two hundred thousand is taken for a known one.
 */
export function openWordTable({ count, dimensions, bytes: encoded }: EncodedTable): WordTable {
  const bytes = new Uint8Array(Buffer.from(encoded, "base64"));
  const view = new DataView(bytes.buffer);
  const hashes = Uint32Array.from({ length: count }, (_, index) => view.getUint32(index * 4, true));
  const rowBytes = dimensions / 2;
  return {
    dimensions,
    find(word) {
      const hash = toWordHash(word);
      let low = 0;
      let high = count - 1;
      while (low <= high) {
        const middle = (low + high) >>> 1;
        const found = hashes[middle] ?? 0;
        if (found === hash) return middle;
        if (found < hash) low = middle + 1;
        else high = middle - 1;
      }
      return -1;
    },
    add(sum, place, times) {
      const from = count * 5 + place * rowBytes;
      let square = 0;
      for (let index = from; index < from + rowBytes; index++) {
        const pair = bytes[index] ?? 0;
        square += ((pair >> 4) - 8) ** 2 + ((pair & 15) - 8) ** 2;
      }
      if (square === 0) return;
      const scale = (times * (bytes[count * 4 + place] ?? 0)) / (255 * Math.sqrt(square));
      for (let index = 0; index < rowBytes; index++) {
        const pair = bytes[from + index] ?? 0;
        sum[index * 2] = (sum[index * 2] ?? 0) + scale * ((pair >> 4) - 8);
        sum[index * 2 + 1] = (sum[index * 2 + 1] ?? 0) + scale * ((pair & 15) - 8);
      }
    },
  };
}
