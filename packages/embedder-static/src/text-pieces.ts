/** Characters of a text that are read, and pieces that are taken of them; the rest of a longer text does not count. */
const mostCharacters = 16_384;
const mostPieces = 2_000;

/** Characters of one piece that count: longer than any word people write. */
const mostPieceCharacters = 64;

/** Scripts that write without blanks between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * What a text is made of, in lower case: words, with an apostrophe or hyphen
 * within; of scripts without blanks each character and each pair; of a text
 * without any word its other characters.
 */
export function toPieces(text: string): readonly string[] {
  const read = text.slice(0, mostCharacters).toWellFormed().normalize("NFKC").toLowerCase().replaceAll("’", "'");
  const pieces: string[] = [];
  for (const [word] of read.matchAll(/[\p{L}\p{M}\p{N}]+(?:['-][\p{L}\p{M}\p{N}]+)*/gu)) {
    if (pieces.length >= mostPieces) break;
    pieces.push(...(unspaced.test(word) ? toCharacters(word.slice(0, mostCharacters)) : [word.slice(0, mostPieceCharacters)]));
  }
  return (pieces.length > 0 ? pieces : (read.match(/\S/gu) ?? [])).slice(0, mostPieces);
}

function toCharacters(word: string): readonly string[] {
  const characters = [...word].slice(0, mostPieces);
  return [...characters, ...characters.slice(1).map((character, index) => `${characters[index] ?? ""}${character}`)];
}

/**
 * Other forms under which a word may be known, the likeliest first: without a
 * possessive, its parts, without the endings of English inflection. Each form
 * is one or more words.
 */
export function toForms(word: string): readonly (readonly string[])[] {
  const bare = word.replace(/'(?:s|m|re|ve|ll|d|t)$/, "");
  const forms: (readonly string[])[] = bare === word ? [] : [[bare]];
  const parts = bare.split(/['-]/);
  if (parts.length > 1) forms.push(parts);
  if (/^[a-z]{4,}$/.test(bare)) for (const [ending, instead] of endings) if (bare.endsWith(ending)) forms.push([bare.slice(0, -ending.length) + instead]);
  return forms;
}

const endings: readonly (readonly [ending: string, instead: string])[] = [
  ["ies", "y"],
  ["es", ""],
  ["s", ""],
  ["ied", "y"],
  ["ed", ""],
  ["ed", "e"],
  ["ing", ""],
  ["ing", "e"],
  ["ly", ""],
];
