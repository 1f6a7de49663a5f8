import { noBackup } from "./manifest.ts";

/** Bytes that come in pieces, read in lengths of one's own. Throws `usage.invalid` where they end too soon. */
export interface ByteReader {
  /** Exactly so many bytes: for few. */
  take(length: number): Promise<Buffer>;
  /** So many bytes in pieces as they come. */
  stream(length: number): AsyncIterable<Buffer>;
  /** What comes next, however long; undefined at the end. */
  next(): Promise<Buffer | undefined>;
}

/** Makes a reader. */
export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const pieces = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const pull = async (): Promise<Buffer> => {
    const piece = await pieces.next();
    if (piece.done === true) throw noBackup("it ends too soon");
    return Buffer.from(piece.value.buffer, piece.value.byteOffset, piece.value.byteLength);
  };
  return {
    async take(length) {
      while (rest.length < length) rest = Buffer.concat([rest, await pull()]);
      const taken = rest.subarray(0, length);
      rest = rest.subarray(length);
      return taken;
    },
    async *stream(length) {
      for (let left = length; left > 0; ) {
        if (rest.length === 0) rest = await pull();
        const chunk = rest.subarray(0, left);
        rest = rest.subarray(chunk.length);
        left -= chunk.length;
        yield chunk;
      }
    },
    async next() {
      if (rest.length === 0) {
        const piece = await pieces.next();
        if (piece.done === true) return undefined;
        rest = Buffer.from(piece.value.buffer, piece.value.byteOffset, piece.value.byteLength);
      }
      const chunk = rest;
      rest = Buffer.alloc(0);
      return chunk;
    },
  };
}
