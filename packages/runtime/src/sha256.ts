/**
 * SHA-256 of a text, hexadecimal. The library behind it is loaded when first
 * needed: it takes some ten milliseconds, which every start of the program
 * would pay.
 */
export function toSha256(text: string): string {
  return process.getBuiltinModule("node:crypto").hash("sha256", text);
}
