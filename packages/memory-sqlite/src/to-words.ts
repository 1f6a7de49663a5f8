import { stemWord } from "./stem-word.ts";

/** Scripts that are written without spaces between words. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}ー々]+/gu;
const word = /[\p{L}\p{M}\p{N}]+|\p{Extended_Pictographic}/gu;
/** Apostrophes inside a word, so that `Ada's` gives `ada` and not an `s` besides. */
const possessive = /(?<=\p{L})['’](?:s|t|re|ve|ll|d|m)(?![\p{L}\p{N}])/gu;
/** Longest word kept; what is longer is data, not language. */
const longestWord = 64;

/**
 * The words of a text in order, folded so that case, width, accents and
 * compatibility forms do not matter; English words are stems. Scripts
 * without spaces give each character and each pair of neighbours. A
 * pictograph is a word of its own. Nothing else is left over, so no
 * character of a query can be syntax. At most `most` words are given.
 */
export function toWords(text: string, most: number = Infinity): readonly string[] {
  const words: string[] = [];
  const folded = text.normalize("NFKC").toLowerCase().replace(possessive, "").normalize("NFD").replace(/(?<=\p{sc=Latin})\p{M}+/gu, "").normalize("NFC");
  for (const [found] of folded.matchAll(word)) {
    if (words.length >= most) break;
    if (found.search(unspaced) === -1) words.push(stemWord(found.slice(0, longestWord)));
    else words.push(...toUnspacedWords(found));
  }
  return words;
}

/** True for a character, or a pair of them, of a script without spaces. */
export function isUnspaced(found: string): boolean {
  return found.search(unspaced) === 0;
}

function toUnspacedWords(found: string): readonly string[] {
  const words: string[] = [];
  for (const run of found.match(unspaced) ?? []) {
    const characters = [...run];
    for (const [index, character] of characters.entries()) {
      words.push(character);
      const next = characters[index + 1];
      if (next !== undefined) words.push(character + next);
    }
  }
  for (const part of found.split(unspaced)) if (part !== "") words.push(stemWord(part.slice(0, longestWord)));
  return words;
}
