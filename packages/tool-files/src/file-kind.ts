/** Bytes at the head of a file that decide what it is. */
export const sniffBytes = 8_192;

/** What the head of a file shows. A picture is known by its first bytes, never by its name. */
export type FileKind =
  | { readonly kind: "text" }
  | { readonly kind: "image"; readonly mimeType: string }
  | { readonly kind: "binary"; readonly what: string };

const images: readonly (readonly [mimeType: string, matches: (head: Uint8Array) => boolean])[] = [
  ["image/png", (head) => startsWith(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ["image/jpeg", (head) => startsWith(head, [0xff, 0xd8, 0xff])],
  ["image/gif", (head) => startsWith(head, [0x47, 0x49, 0x46, 0x38])],
  ["image/webp", (head) => startsWith(head, [0x52, 0x49, 0x46, 0x46]) && startsWith(head.subarray(8), [0x57, 0x45, 0x42, 0x50])],
];

const known: readonly (readonly [what: string, bytes: readonly number[]])[] = [
  ["UTF-16 text", [0xff, 0xfe]],
  ["UTF-16 text", [0xfe, 0xff]],
  ["a PDF document", [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ["a zip archive or an office document", [0x50, 0x4b, 0x03, 0x04]],
  ["a gzip archive", [0x1f, 0x8b]],
  ["an ELF program", [0x7f, 0x45, 0x4c, 0x46]],
  ["an SQLite database", [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66]],
];

/** Judges the first `sniffBytes` bytes: a NUL among them makes a file binary, as it does for grep and git. */
export function toFileKind(head: Uint8Array): FileKind {
  for (const [mimeType, matches] of images) if (matches(head)) return { kind: "image", mimeType };
  const what = known.find(([, bytes]) => startsWith(head, bytes))?.[0];
  if (what === "a PDF document") return { kind: "binary", what };
  if (!head.subarray(0, sniffBytes).includes(0)) return { kind: "text" };
  return { kind: "binary", what: what ?? "binary data" };
}

function startsWith(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}
