/** Scripts with the languages that are written in them, by their BCP 47 codes. */
const scripts: readonly (readonly [script: RegExp, languages: readonly string[]])[] = [
  [/\p{sc=Han}/gu, ["zh", "ja", "yue"]],
  [/[\p{sc=Hiragana}\p{sc=Katakana}]/gu, ["ja"]],
  [/\p{sc=Hangul}/gu, ["ko"]],
  [/\p{sc=Cyrillic}/gu, ["ru", "uk", "bg", "sr", "be", "mk", "kk", "mn"]],
  [/\p{sc=Greek}/gu, ["el"]],
  [/\p{sc=Arabic}/gu, ["ar", "fa", "ur"]],
  [/\p{sc=Hebrew}/gu, ["he", "yi"]],
  [/\p{sc=Thai}/gu, ["th"]],
  [/\p{sc=Devanagari}/gu, ["hi", "mr", "ne"]],
];

/** Longest text that is embedded; encoders read less. */
const longestText = 4_000;

/** True where an embedder that knows these languages can say something of the text: most of its letters are in one of their scripts. No languages means any. */
export function isEmbeddable(text: string, languages: readonly string[]): boolean {
  if (languages.length === 0) return true;
  const read = text.slice(0, longestText);
  const letters = read.match(/\p{L}/gu)?.length ?? 0;
  const known = languages.map((language) => language.toLowerCase().split("-")[0] ?? "");
  const foreign = scripts.filter(([, spoken]) => !spoken.some((language) => known.includes(language))).reduce((sum, [script]) => sum + (read.match(script)?.length ?? 0), 0);
  return foreign * 2 <= letters;
}

/** The part of a text that is embedded. */
export function toEmbedded(text: string): string {
  return text.slice(0, longestText).toWellFormed();
}
