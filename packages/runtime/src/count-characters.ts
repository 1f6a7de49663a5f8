/** What an object or a list takes besides what is in it, and what another value takes that is no text; bytes in V8, near enough. */
const objectCharacters = 48;
const otherCharacters = 8;

/** Characters of all texts in a value and what holds them, near enough to bound what is kept in memory. Costs nothing that grows with the texts. */
export function countCharacters(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return otherCharacters;
  let total = objectCharacters;
  for (const name of Object.keys(value)) total += countCharacters((value as Readonly<Record<string, unknown>>)[name]);
  return total;
}
