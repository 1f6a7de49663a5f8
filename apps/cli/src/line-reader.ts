/** Most bytes of one line. */
export const mostLineBytes = 1_048_576;

/** Most bytes that are kept of the beginning and of the end of a line that is too long. */
const mostKeptBytes = 1_024;

/** A line, or of one that was too long to be kept its first 1,024 bytes and its last. */
export type Line = { readonly kind: "line"; readonly text: string } | LongLine;

/** A line that was too long to be kept. */
export interface LongLine {
  readonly kind: "too-long";
  readonly head: string;
  readonly tail: string;
}

/** Lines of a stream of bytes, without their ends; the last one needs none. A line that is too long is reported once and its middle skipped. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>, limit: number = mostLineBytes): AsyncGenerator<Line, void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let ends = noEnds;
  const take = (part: Uint8Array): void => {
    length += part.length;
    parts.push(part);
    if (length <= limit) return;
    ends = toEnds(ends, Buffer.concat(parts));
    parts = [];
  };
  const finish = (): Line => {
    const line: Line = length > limit ? { kind: "too-long", head: toText([ends.head]), tail: toText([ends.tail]) } : { kind: "line", text: toText(parts) };
    parts = [];
    length = 0;
    ends = noEnds;
    return line;
  };
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      take(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    if (start < chunk.length) take(chunk.subarray(start));
  }
  if (length > 0) yield finish();
}

/** What is kept of a line that is too long. */
interface LineEnds {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

const noEnds: LineEnds = { head: new Uint8Array(), tail: new Uint8Array() };

/** The same after more bytes of the line. What is kept is copied: the bytes themselves are free again. */
function toEnds({ head, tail }: LineEnds, more: Uint8Array): LineEnds {
  return {
    head: Buffer.concat([head, more.subarray(0, mostKeptBytes - head.length)]),
    tail: Buffer.concat([tail, more.subarray(-mostKeptBytes)]).subarray(-mostKeptBytes),
  };
}

/** Everything there is to read as one text; undefined when it is longer than `limit` bytes. */
export async function readAll(bytes: AsyncIterable<Uint8Array>, limit: number): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > limit) return undefined;
    parts.push(chunk);
  }
  return toText(parts);
}

/** UTF-8 text. Bytes that are none become U+FFFD; a carriage return before the end of a line is not part of it. */
function toText(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString("utf8").replace(/\r$/, "");
}
