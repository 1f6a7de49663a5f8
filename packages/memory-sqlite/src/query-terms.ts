import type { QueryIntent } from "./query-intent.ts";
import { isStopWord } from "./stop-words.ts";
import { toQueryIntent } from "./query-intent.ts";
import { toWords } from "./to-words.ts";

/** Longest part of a query that is read at its beginning, and at its end. A pasted document is about more than one memory can say. */
const longestEnd = 4_000;
/** Most distinct words that are taken out of a query; which of them are asked for is decided by how rare they are. */
const mostWords = 1_024;

/** What a query asks for. */
export interface QueryTerms {
  /** Distinct words in the order they come. */
  readonly words: readonly string[];
  /** Neighbours in the query, by their places in `words`. */
  readonly pairs: readonly (readonly [number, number])[];
  /** False where there is not one word in it, common ones included. */
  readonly hasWords: boolean;
  readonly intent: QueryIntent;
  /** Words that stand in no question, where the query has questions and more. */
  readonly asides: ReadonlySet<string>;
  /** The words of each sentence. */
  readonly sentences: readonly ReadonlySet<string>[];
}

/** Takes the words out of a query; none of its characters is syntax. Of a query of common words alone those are what is asked for. */
export function toQueryTerms(query: string): QueryTerms {
  const read = query.length <= 2 * longestEnd ? query : `${query.slice(0, longestEnd)} ${query.slice(-longestEnd)}`;
  const all = toWords(read);
  const content = all.filter((word) => !isStopWord(word));
  const asked = content.length > 0 ? content : all;
  const words = [...new Set(asked)].slice(0, mostWords);
  const places = new Map(words.map((word, index) => [word, index]));
  const pairs: (readonly [number, number])[] = [];
  for (const [index, word] of asked.entries()) {
    const left = places.get(word);
    const right = places.get(asked[index + 1] ?? "");
    if (left !== undefined && right !== undefined && left !== right) pairs.push([left, right]);
  }
  return { words, pairs, hasWords: all.length > 0, intent: toQueryIntent(all), asides: toAsides(read, words), sentences: toSentences(read).map((sentence) => new Set(toWords(sentence))) };
}

const sentenceEnd = /(?<=[。！？!?;；\n])\s*|(?<=\.)\s+/u;
const question = /[?？]["”»」』)）]*\s*$/u;

/** What is said around a question is less asked for than what is said in it. */
function toAsides(query: string, words: readonly string[]): ReadonlySet<string> {
  const sentences = toSentences(query);
  const questions = sentences.filter((sentence) => question.test(sentence));
  if (questions.length === 0 || questions.length === sentences.length) return new Set();
  const asked = new Set(questions.flatMap((sentence) => toWords(sentence)));
  return new Set(words.filter((word) => !asked.has(word)));
}

function toSentences(query: string): readonly string[] {
  return query.split(sentenceEnd).filter((sentence) => sentence.trim() !== "");
}
