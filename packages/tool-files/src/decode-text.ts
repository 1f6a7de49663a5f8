/** Text of a file, with what had to be done to get it. */
export interface DecodedText {
  /** With `\n` line ends and without a byte order mark. */
  readonly text: string;
  /** What the text does not show, in words for the reader. */
  readonly notes: readonly string[];
}

/** Reads bytes as UTF-8 for showing. Bytes that are none become U+FFFD; an incomplete character at a cut is left out. */
export function decodeText(bytes: Uint8Array, isCut: boolean): DecodedText {
  const notes: string[] = [];
  const whole = isCut ? trimPartial(bytes) : bytes;
  const raw = new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole);
  if (!isUtf8(whole)) notes.push("some bytes are not valid UTF-8 and are shown as \uFFFD");
  if (raw.startsWith("\uFEFF")) notes.push("the file begins with a byte order mark");
  if (raw.includes("\r\n")) notes.push("lines end with CRLF");
  return { text: raw.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n"), notes };
}

/** Text of bytes that are whole, valid UTF-8, byte order mark included; undefined for others. */
export function decodeExactly(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  return decodeExactly(bytes) !== undefined;
}

/** Without the last character when its bytes are not all there. */
function trimPartial(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
