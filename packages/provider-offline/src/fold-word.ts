/** A word as it is compared: small letters without accents. */
export function foldWord(word: string): string {
  return word.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");
}

/** A folded word without the endings that number and tense give it in English; good enough to compare two words, no more. */
export function toStem(word: string): string {
  const folded = foldWord(word);
  if (folded.length > 4 && folded.endsWith("ies")) return `${folded.slice(0, -3)}y`;
  if (/(?:ch|sh|x|ss)es$/.test(folded)) return folded.slice(0, -2);
  if (folded.length > 5 && folded.endsWith("ing")) return folded.slice(0, -3);
  if (folded.length > 3 && folded.endsWith("s") && !folded.endsWith("ss")) return folded.slice(0, -1);
  return folded;
}
