/** Most bytes of one line. */
export const mostLineBytes = 1_048_576;

/** A line, or the fact that one was too long to be kept. */
export type Line = { readonly kind: "line"; readonly text: string } | { readonly kind: "too-long" };

/** Lines of a stream of bytes, without their ends; the last one needs none. A line that is too long is reported once and its rest skipped. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>, limit: number = mostLineBytes): AsyncGenerator<Line, void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (part: Uint8Array): void => {
    length += part.length;
    if (length <= limit) parts.push(part);
    else parts = [];
  };
  const finish = (): Line => {
    const line: Line = length > limit ? { kind: "too-long" } : { kind: "line", text: toText(parts) };
    parts = [];
    length = 0;
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
