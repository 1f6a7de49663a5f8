/** Bytes at the head of a page that may name its encoding. */
const metaBytes = 4_096;

const marks: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/** A page as text. */
export interface DecodedPage {
  readonly text: string;
  /** Name of the encoding it was read in, as browsers call it. */
  readonly encoding: string;
}

/**
 * Reads bytes as text. The byte order mark decides, then the header, then what
 * the page says of itself, then UTF-8. Three claims are often wrong and are
 * checked: UTF-8 of which more is broken than right is windows-1252,
 * windows-1252 or Latin-1 that happens to be right UTF-8 is UTF-8, and so is
 * UTF-16 without one zero byte: markup and spaces in it have one each. `isCut`
 * leaves out a character that is torn at the end.
 */
export function decodePage(bytes: Uint8Array, claimed: string, isCut: boolean): DecodedPage {
  const marked = marks.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte))?.[0];
  if (marked !== undefined) return { text: decode(bytes, marked, isCut), encoding: marked };
  const encoding = toEncoding(/charset\s*=\s*["']?([^"';\s]+)/i.exec(claimed)?.[1]) ?? toOwnEncoding(bytes) ?? "utf-8";
  const isWide = encoding.startsWith("utf-16");
  const isChecked = encoding === "utf-8" || encoding === "windows-1252" || (isWide && !bytes.includes(0));
  if (!isChecked) return { text: decode(bytes, encoding, isCut), encoding };
  const text = decode(bytes, "utf-8", isCut);
  const broken = text.match(/\uFFFD/g)?.length ?? 0;
  const right = text.match(/[^\x00-\x7F\uFFFD]/gu)?.length ?? 0;
  const isUtf8 = encoding === "utf-8" ? broken <= right : broken === 0;
  if (isUtf8) return { text, encoding: "utf-8" };
  const other = isWide ? encoding : "windows-1252";
  return { text: decode(bytes, other, isCut), encoding: other };
}

function decode(bytes: Uint8Array, encoding: string, isCut: boolean): string {
  return new TextDecoder(encoding).decode(bytes, { stream: isCut });
}

/** What a page or a feed says of itself. It was read as ASCII, so it cannot be UTF-16 as it says. */
function toOwnEncoding(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder("windows-1252").decode(bytes.subarray(0, metaBytes));
  const named = /<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(head) ?? /^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})/i.exec(head);
  const encoding = toEncoding(named?.[1]);
  return encoding?.startsWith("utf-16") === true ? "utf-8" : encoding;
}

/** The name browsers use for a label; undefined for one they do not know. */
function toEncoding(label: string | undefined): string | undefined {
  if (label === undefined) return undefined;
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
