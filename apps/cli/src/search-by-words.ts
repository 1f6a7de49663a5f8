/** What is searched of an entry; its name counts more than its text. */
export interface Searchable {
  readonly name: string;
  readonly text: string;
}

const nameWeight = 3;
const textWeight = 1;

/** Entries that have at least one of the words, those that have more and in better places first; equal ones keep their order. */
export function searchByWords<Entry>(entries: readonly Entry[], query: string, toSearchable: (entry: Entry) => Searchable): readonly Entry[] {
  const words = [...new Set(toWords(query))];
  return entries
    .map((entry) => ({ entry, fit: score(toSearchable(entry), words) }))
    .filter(({ fit }) => fit > 0)
    .sort((left, right) => right.fit - left.fit)
    .map(({ entry }) => entry);
}

function score({ name, text }: Searchable, words: readonly string[]): number {
  const [inName, inText] = [toWords(name), toWords(text)];
  return words.reduce((sum, word) => sum + nameWeight * match(word, inName) + textWeight * match(word, inText), 0);
}

/** 1 for the word itself, half for a word that begins with it or with which it begins (`list` and `lists`). */
function match(word: string, among: readonly string[]): number {
  if (among.includes(word)) return 1;
  const isNear = among.some((each) => Math.min(each.length, word.length) >= 3 && (each.startsWith(word) || word.startsWith(each)));
  return isNear ? 0.5 : 0;
}

function toWords(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{Letter}\p{Number}]+/gu) ?? [];
}
