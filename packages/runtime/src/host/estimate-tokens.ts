import { estimateTokenCount } from "tokenx";

/**
 * What the library's estimate does not know: identifiers, hashes and base64
 * take one token for about 1.6 characters, scripts beyond Latin, Greek and
 * Cyrillic one for about 2.2 (o200k; both rounded to the careful side).
 */
const packedCharacters = 1.6;
const languageConfigs = [
  { pattern: /^(?=.*\d)[A-Za-z\d]{20,}$/, averageCharsPerToken: packedCharacters },
  { pattern: /[\u0590-\u10FF\u1200-\u1CFF]/, averageCharsPerToken: 2.2 },
];

/** Kinds of characters, as bits: the kinds of a run are known by the time its end is. */
const letter = 1;
const capital = 2;
const digit = 4;
const other = 8;
const mark = 16;
const space = 32;
const newline = 64;
const foreign = 128;

const blank = space | newline;
const wordly = letter | capital | digit | other;

const marks = ".,!?;(){}[]<>:/\\|@#$%^&*+=`~_\"-";

const isBlank = /^\s$/;
/** Marks as the library knows them, with those of Chinese and Japanese. */
const endsInMark = /[.,!?;(){}[\]<>:/\\|@#$%^&*+=`~_"\-\u3001-\u3003\u3008-\u3011\u3014-\u301F\u3030\u30FB\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]\s*$/;

const kinds = Uint8Array.from({ length: 128 }, (_, code) => toKind(String.fromCharCode(code)));

/**
 * Estimated tokens of a text by the rules of the library tokenx, with
 * `languageConfigs`: for ASCII the same number in one pass over the
 * characters, many times as fast and without garbage; lines with other
 * characters are the library's own from there on.
 */
export function estimateTokens(text: string): number {
  const { length } = text;
  let tokens = 0;
  let isAfterMark = false;
  let start = 0;
  while (start < length) {
    const first = kindAt(text, start);
    const together = first & wordly ? wordly : first & blank ? blank : first;
    let seen = first;
    let isStructure = false;
    let end = start + 1;
    let kind = first;
    for (; end < length; end += 1) {
      const before = kind;
      kind = kindAt(text, end);
      if ((kind & together) === 0) break;
      seen |= kind;
      // A line break with a blank after it is indentation, or an empty line.
      if (before === newline) isStructure = true;
    }
    if (first === foreign || (together === wordly && kind === foreign)) {
      end = toForeignEnd(text, start);
      const run = text.slice(start, end);
      tokens += estimateTokenCount(run, { languageConfigs });
      isAfterMark = endsInMark.test(run);
    } else if (together === blank) {
      // Blanks cost nothing between words, and one token where they are structure.
      if (isStructure || (seen & newline && !isAfterMark)) tokens += 1;
    } else {
      tokens += together === mark ? toMarkTokens(end - start) : toWordTokens(seen, end - start);
      isAfterMark = together === mark;
    }
    start = end;
  }
  return tokens;
}

function kindAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (code < 128) return kinds[code] ?? other;
  return isBlank.test(text[index] ?? "") ? space : foreign;
}

/** A run with foreign characters goes on to the end of its line: calling the library for each word costs more than the words. */
function toForeignEnd(text: string, start: number): number {
  const close = text.indexOf("\n", start);
  return close === -1 ? text.length : close;
}

function toMarkTokens(length: number): number {
  return length <= 3 ? 1 : Math.ceil(length / 6);
}

function toWordTokens(seen: number, length: number): number {
  const isPacked = length >= 20 && (seen & digit) !== 0 && (seen & other) === 0;
  if (isPacked) return Math.ceil(length / packedCharacters);
  if (seen === digit) return Math.ceil(length / 3);
  if (length <= 3 || (length <= 8 && seen === letter)) return 1;
  return Math.ceil(length / 7);
}

function toKind(character: string): number {
  if (character === "\n") return newline;
  if (isBlank.test(character)) return space;
  if (marks.includes(character)) return mark;
  if (/\d/.test(character)) return digit;
  if (/[a-z]/.test(character)) return letter;
  return /[A-Z]/.test(character) ? capital : other;
}
