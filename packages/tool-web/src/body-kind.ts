/** What a body is. */
export type BodyKind =
  | { readonly kind: "html" | "json" | "xml" | "text" }
  | { readonly kind: "image"; readonly mimeType: string }
  | { readonly kind: "binary"; readonly what: string };

const images: readonly (readonly [mimeType: string, pattern: RegExp])[] = [
  ["image/png", /^\x89PNG\r\n\x1a\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
];

const documents: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a PDF document", /^%PDF-/],
  ["a zip archive or an office document", /^PK\x03\x04/],
  ["a gzip archive", /^\x1f\x8b/],
  ["an old office document", /^\xd0\xcf\x11\xe0/],
  ["sound or video", /^(?:[^]{4}ftyp|OggS|ID3|fLaC|\x1a\x45\xdf\xa3|RIFF[^]{4}(?:WAVE|AVI ))/],
  ["a program", /^(?:\x7fELF|MZ[^]{2}\x00)/],
];

/** Bytes that are looked at for signs that they are no text. */
const sniffBytes = 8_192;

/** Share of control characters above which bytes are no text. */
const mostControls = 0.02;

/**
 * Judges a body by its bytes, and only where these are text by the type that
 * was claimed, because servers claim what they like.
 */
export function toBodyKind(bytes: Uint8Array, claimed: string): BodyKind {
  const head = toLatin(bytes.subarray(0, sniffBytes));
  for (const [mimeType, pattern] of images) if (pattern.test(head)) return { kind: "image", mimeType };
  for (const [what, pattern] of documents) if (pattern.test(head)) return { kind: "binary", what };
  const type = toMediaType(claimed);
  const isWide = /^(?:\xff\xfe|\xfe\xff)/.test(head) || /utf-?16/i.test(claimed);
  if (/^(?:audio|video|font)\//.test(type) || (!isWide && isControlled(head))) return { kind: "binary", what: toName(type) };
  if (/^(?:text\/html|application\/xhtml\+xml)$/.test(type)) return { kind: "html" };
  if (/^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(type)) return { kind: "json" };
  if (/^(?:application|text|image)\/(?:[\w.-]+\+)?xml$/.test(type)) return { kind: "xml" };
  if (type.startsWith("text/")) return { kind: "text" };
  if (/^(?:\xef\xbb\xbf)?\s*(?:<!--[^]{0,2000}?-->\s*)?<(?:!doctype html|html|head|body)\b/i.test(head)) return { kind: "html" };
  return { kind: /^(?:\xef\xbb\xbf)?\s*<\?xml\b/.test(head) ? "xml" : "text" };
}

/** `text/html` out of `Text/HTML; charset=utf-8`; empty where no type is claimed. */
export function toMediaType(claimed: string): string {
  return (claimed.split(";")[0] ?? "").trim().toLowerCase().slice(0, 100);
}

function isControlled(head: string): boolean {
  if (head.includes("\0")) return true;
  const controls = head.match(/[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]/g) ?? [];
  return controls.length > Math.max(4, head.length * mostControls);
}

function toName(type: string): string {
  const isTelling = type !== "" && type !== "application/octet-stream" && !type.startsWith("text/");
  return isTelling ? `binary data (${type})` : "binary data";
}

/** Every byte as the character of its number. */
function toLatin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
