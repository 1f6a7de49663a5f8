import { Buffer, isUtf8 } from "node:buffer";
import { createTerminalText } from "./terminal-text.ts";
import { toCount } from "./run-words.ts";

/** Makes one stream of a program fit to be read, as UTF-8, piece by piece. */
export interface OutputCleaner {
  clean(bytes: Uint8Array): Uint8Array;
  /** What was held back, once no more comes. */
  end(): Uint8Array;
}

/** A piece is binary when more than this many of its bytes, and more than one in eight, are no text. */
const fewBad = 32;

/**
 * Text is freed of what only a terminal understands, and bytes that are not
 * UTF-8 become U+FFFD. From a piece that is mostly no text to one that is all
 * text the bytes are only counted, and a line says how many there were.
 */
export function createOutputCleaner(): OutputCleaner {
  const decoder = new TextDecoder();
  const terminal = createTerminalText();
  let hidden = 0;
  let isMidCharacter = false;
  let isAtLineStart = true;

  const toBytes = (text: string): Uint8Array => {
    if (text !== "") isAtLineStart = text.endsWith("\n");
    return Buffer.from(text);
  };
  const takeHidden = (): string => {
    if (hidden === 0) return "";
    const note = `${isAtLineStart ? "" : "\n"}[${toCount(hidden)} bytes that are no text are not shown]\n`;
    hidden = 0;
    return note;
  };
  const flush = (): string => {
    isMidCharacter = false;
    return terminal.next(decoder.decode()) + terminal.end();
  };
  return {
    clean(bytes) {
      const found = survey(bytes);
      if (found.bad > fewBad ? found.bad * 8 > bytes.length : hidden > 0 && found.bad > 0) {
        const before = hidden === 0 ? flush() : "";
        hidden += bytes.length;
        return toBytes(before);
      }
      const note = takeHidden();
      if (found.isPlain && note === "" && !isMidCharacter && !terminal.isHolding) {
        if (bytes.length > 0) isAtLineStart = bytes.at(-1) === 10;
        return bytes;
      }
      isMidCharacter = (bytes.at(-1) ?? 0) >= 0x80;
      return toBytes(note + terminal.next(decoder.decode(bytes, { stream: true })));
    },
    end() {
      const rest = flush();
      return toBytes(rest + takeHidden());
    },
  };
}

/** `isPlain`: nothing but printable ASCII, tabs and line ends. `bad`: bytes that no text has. */
function survey(bytes: Uint8Array): { readonly isPlain: boolean; readonly bad: number } {
  let controls = 0;
  let high = 0;
  let others = 0;
  for (const byte of bytes) {
    if (byte >= 0x80) high += 1;
    else if (byte >= 0x20 && byte !== 0x7f) continue;
    else if (byte === 9 || byte === 10) continue;
    else if ((byte >= 7 && byte <= 13) || byte === 27) others += 1;
    else controls += 1;
  }
  return { isPlain: controls + high + others === 0, bad: controls + (high === 0 || isUtf8(toInner(bytes)) ? 0 : high) };
}

/** Without a character that the cut of the piece may have broken at either end. */
function toInner(bytes: Uint8Array): Uint8Array {
  let from = 0;
  while (from < 3 && isContinuation(bytes[from])) from += 1;
  return bytes.subarray(from, from + toWholeLength(bytes.subarray(from)));
}

/** How many bytes of a UTF-8 text are whole characters: all but a broken one at the end. */
export function toWholeLength(bytes: Uint8Array): number {
  let last = bytes.length - 1;
  while (last > bytes.length - 4 && isContinuation(bytes[last])) last -= 1;
  const lead = bytes[last] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return last >= 0 && last + length > bytes.length ? last : bytes.length;
}

/** True for a byte that goes on with a character of UTF-8. */
export function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
