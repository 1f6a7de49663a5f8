/** What a value that is no text counts, with its name. */
const otherCharacters = 8;

/** Characters of all texts and names in a value, near enough to bound what is kept in memory. Costs nothing that grows with the texts. */
export function countCharacters(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return otherCharacters;
  let total = otherCharacters;
  for (const name of Object.keys(value)) total += name.length + countCharacters((value as Readonly<Record<string, unknown>>)[name]);
  return total;
}
