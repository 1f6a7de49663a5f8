const months: readonly string[] = ["januari", "februari", "march", "april", "mai", "june", "juli", "august", "septemb", "octob", "novemb", "decemb"];
const days: readonly string[] = ["sundai", "mondai", "tuesdai", "wednesdai", "thursdai", "fridai", "saturdai"];

/** A word that a date may have: a short number, a month, a day of the week. */
const dateWord: RegExp = new RegExp(`^(?:\\d{1,4}|${[...months, ...days].join("|")})$`);

/** Words of the day of a time, as `toWords` gives them: `8 mai 2023 mondai`. UTC, so that the same memory reads the same everywhere. */
export function toDateWords(at: number): readonly string[] {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  if (!Number.isFinite(year)) return [];
  return [String(date.getUTCDate()), months[date.getUTCMonth()] ?? "", String(year), days[date.getUTCDay()] ?? ""];
}

/** True where a word could be part of a date. */
export function isDateWord(word: string): boolean {
  return dateWord.test(word);
}
