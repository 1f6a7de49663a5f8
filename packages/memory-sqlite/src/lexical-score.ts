import type { QueryTerms } from "./query-terms.ts";
import { isUnspaced } from "./to-words.ts";
import { hasNumber, hasTime, isPersonal, isPreference, isStanding } from "./text-signs.ts";

/** An episode as it is compared with a query. */
export interface LexicalDocument {
  /** Its first words in order, and the later ones each between spaces. */
  readonly own: readonly string[];
  readonly tail: string;
  /** Words of the second line before, the line before, the line after and the second after, each word between spaces. */
  readonly near: readonly string[];
  readonly speaker: readonly string[];
  /** Words of its day; empty where the query has none. */
  readonly date: readonly string[];
  /** True for what the agent said itself, or its tools. */
  readonly isOwnVoice: boolean;
  readonly isQuestion: boolean;
  /** True for what follows a question. */
  readonly isAnswer: boolean;
  /** What was said in one go shares a stretch. */
  readonly stretch: number;
}

/** A query with what each of its words weighs. */
export interface WeighedQuery extends QueryTerms {
  /** By how rare each word is, in the order of `words`. */
  readonly weights: readonly number[];
  readonly total: number;
  /** Words that stand in a text of the scopes. */
  readonly known: ReadonlySet<string>;
}

/**
 * What counts how much. Found by a random search over conversations of four
 * kinds at once (long chats of two people, short ones with dates, a person
 * with an assistant, Chinese notes); every one of them helps on its own.
 * Sought anew on half of the conversations they got no better on the other.
 */
const settings = {
  /** How soon a second mention stops counting. */
  saturation: 1.1,
  /** How much length counts against a text, and the length that counts neither way, in words. */
  lengthShare: 0.4,
  pivot: 29,
  /** Worth of a word beside the text, as compared with in it. */
  near: [0.2, 0.4, 0.4, 0],
  /** More of the line before where that is a question. */
  asked: 1.25,
  tail: 0.15,
  speaker: 0.75,
  date: 0.6,
  /** For having much of the query in the text itself. */
  coverage: 0.25,
  /** For words that stand together in both. */
  pair: 0.5,
  /** For being said by whom the query names. */
  namedSpeaker: 0.08,
  /** Of the best of its stretch. */
  stretch: 0.2,
  /** What the agent said counts less than half: what a person says of themselves is better evidence. */
  ownVoice: 0.4,
  question: 0.93,
  /** Longer texts say more. */
  length: 0.04,
  /** What the agent said, where that is asked for. */
  ownVoiceAsked: 0.8,
  /** More of what someone says of themselves. */
  personal: 0.1,
  /** More of what says when, or how many, where that is asked for. */
  time: 0.1,
  number: 0.2,
  /** More of what a person told the agent to do always, and of what they prefer, where advice is asked for. */
  standing: 0.6,
  preference: 0.8,
} as const;

/** Rarity of a word: the usual one of BM25. */
export function toWeight(episodes: number, holding: number): number {
  return Math.log(1 + (episodes - Math.min(episodes, holding) + 0.5) / (holding + 0.5));
}

/**
 * How well each text answers the query by its words: 1 is every word said once,
 * together; 0 is none. A search asks with all of its words. A message is about
 * more than one memory says: of it the best counts of all of it, of what is
 * asked in it, of each of its sentences, and of each stretch of `longestPart`
 * words in it.
 */
export function toLexicalScores(query: WeighedQuery, documents: readonly LexicalDocument[], kind: "search" | "message"): readonly number[] {
  const places = new Map(query.words.map((word, index) => [word, index]));
  const isWithAgent = documents.some(({ isOwnVoice }) => isOwnVoice);
  const parts = kind === "search" ? [toPart(query, query.words.map((_, place) => place))] : toParts(query);
  const scores = documents.map((document) => toScore(query, parts, document, places) * toBearing(query, document, isWithAgent));
  const stretches = toStretchScores(documents, scores);
  return scores.map((score, index) => (score === 0 ? 0 : score + settings.stretch * (stretches.get(documents[index]?.stretch ?? 0) ?? 0)));
}

/** Words of a query that a text may answer without the others. */
interface QueryPart {
  readonly places: readonly number[];
  /** What its words weigh. */
  readonly total: number;
  /** Neighbours in it, by their places in the pairs of the query. */
  readonly pairs: readonly number[];
  /** What a text that says every word of it once, together, would count. */
  readonly ideal: number;
}

/**
 * Words of a message that are looked at together, whatever its sentences. With
 * 12 and without a look at sentences, what has no question mark found a third
 * to a half of what it speaks of behind an opening of 284 characters, and 7 to
 * 12 % of long messages to a foreign memory found something; with 8 that was
 * 24 to 37 %, when what no memory says still asked for as much as the rest.
 */
const longestPart = 12;
/** A question of fewer words than these asks less by itself: what else could be meant? */
const fewestAsked = 4;
/**
 * So does a sentence, which may be about anything: of fewer words than these
 * it must be answered better, and of fewer than `shortestSentence` it is no
 * part of its own. With 3 and 7 what has no question mark finds .58 to .64 of
 * what it speaks of (.37 to .50 without), and 14 to 17 % of long messages to a
 * foreign memory find something, a third of a piece each; with 3 and 6 .62 to
 * .64 and 16 to 21 %, with 4 and 8 .54 to .58 and 9 to 14 %.
 */
const fewestSaid = 7;
const shortestSentence = 3;
/** Longer ones are looked at in stretches. */
const longestSentence = 24;
/** Sentences that are looked at where there are many: what one wants stands before what one pastes, or after it. Of 40 texts of 3,000 characters put to a foreign memory 14 find something with these, 21 with all of them, 7 with none. */
const firstSentences = 4;
const lastSentences = 8;

/** Two or three characters without spaces say what a word does, and come as five words: each, and each with the next. */
const unspacedShare = 0.2;

/** All of a message, what is asked in it where more is said, each of its sentences, and each stretch of what is longer than one. */
function toParts(query: WeighedQuery): readonly QueryPart[] {
  const sizes = query.words.map((word) => (isUnspaced(word) ? unspacedShare : 1));
  const all = query.words.map((_, place) => place);
  const asked = query.asides.size === 0 ? [] : all.filter((place) => !query.asides.has(query.words[place] ?? ""));
  const few = Math.max(1, fewestAsked / Math.max(1, toSum(asked.map((place) => sizes[place] ?? 1))));
  return [
    toPart(query, all, toAskedShare(query, all, 1)),
    toPart(query, asked, few * toAskedShare(query, asked, 1)),
    ...toSentences(query, sizes).map(({ places, share }) => toPart(query, places, share * toAskedShare(query, places, 1))),
    ...toStretches(sizes).map((places) => toPart(query, places, toAskedShare(query, places, unknownShare))),
  ];
}

/** Words that no memory says ask for less in a stretch of a message: it is about other things too. With 0.7 what a foreign memory finds goes from 12 to 13 % of long messages, with 0.5 to 19 %. */
const unknownShare = 0.8;
/** Two characters without a space that no memory says together are mostly the end of one word and the beginning of the next, and no word of its own. */
const unknownPairShare = 0.2;

/** What words of a message ask for, as a share of what they weigh. */
function toAskedShare({ known, words, weights }: WeighedQuery, places: readonly number[], ofUnknown: number): number {
  let total = 0;
  let asked = 0;
  for (const place of places) {
    const word = words[place] ?? "";
    const weight = weights[place] ?? 0;
    total += weight;
    asked += weight * (known.has(word) ? 1 : isUnspaced(word) && word.length > 1 ? unknownPairShare : ofUnknown);
  }
  return total === 0 ? 1 : asked / total;
}

/** Places of the words of each sentence that says enough by itself, and what it asks for besides. */
function toSentences({ sentences, words }: WeighedQuery, sizes: readonly number[]): readonly { readonly places: readonly number[]; readonly share: number }[] {
  if (sentences.length < 2) return [];
  const looked = sentences.filter((_, index) => index < firstSentences || index >= sentences.length - lastSentences);
  return looked.flatMap((sentence) => {
    const places = words.flatMap((word, place) => (sentence.has(word) ? [place] : []));
    const size = toSum(places.map((place) => sizes[place] ?? 1));
    return size < shortestSentence || size > longestSentence ? [] : [{ places, share: Math.max(1, fewestSaid / size) }];
  });
}

/** Places of words next to each other, as many as one part may have, from each word on; none where all of them are one part. */
function toStretches(sizes: readonly number[]): readonly (readonly number[])[] {
  const stretches: (readonly number[])[] = [];
  let size = 0;
  let from = 0;
  for (let to = 0; to < sizes.length; to++) {
    size += sizes[to] ?? 1;
    if (size <= longestPart) continue;
    stretches.push(Array.from({ length: to - from }, (_, index) => from + index));
    for (; size > longestPart; from++) size -= sizes[from] ?? 1;
  }
  if (stretches.length > 0) stretches.push(Array.from({ length: sizes.length - from }, (_, index) => from + index));
  return stretches;
}

function toSum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function toPart(query: WeighedQuery, places: readonly number[], share = 1): QueryPart {
  const own = new Set(places);
  const total = toSum(places.map((place) => query.weights[place] ?? 0));
  const pairs = query.pairs.flatMap(([left, right], pair) => (own.has(left) && own.has(right) ? [pair] : []));
  const together = toSum(pairs.map((pair) => toPairWeight(query, pair)));
  return { places, total, pairs, ideal: share * (total * (1 + settings.coverage) + settings.pair * together) };
}

function toScore(query: WeighedQuery, parts: readonly QueryPart[], document: LexicalDocument, places: ReadonlyMap<string, number>): number {
  const said = document.own;
  const positions: number[][] = query.words.map(() => []);
  for (let position = 0; position < said.length; position++) positions[places.get(said[position] ?? "") ?? -1]?.push(position);
  const length = 1 - settings.lengthShare + (settings.lengthShare * said.length) / settings.pivot;
  const worths = query.words.map((word, place) => {
    const count = positions[place]?.length ?? 0;
    const rest = count === 0 && document.tail.includes(` ${word} `) ? settings.tail : 0;
    const frequency = count / length + rest + toWorthBeside(document, word);
    return ((query.weights[place] ?? 0) * frequency * (settings.saturation + 1)) / (frequency + settings.saturation);
  });
  const isNamed = document.speaker.some((word) => places.has(word));
  const together = query.pairs.map(([left, right], pair) => settings.pair * toPairWeight(query, pair) * toCloseness(positions[left], positions[right]));
  const matches = { worths, positions, together, isNamed };
  const best = parts.reduce((most, part) => Math.max(most, toPartScore(query, part, matches)), 0);
  return best * (1 + settings.length * Math.log(1 + said.length / settings.pivot));
}

/** What a text has of a query, word by word. */
interface Matches {
  /** What each word of the query counts. */
  readonly worths: readonly number[];
  /** Where each stands in the text. */
  readonly positions: readonly (readonly number[])[];
  /** What each pair of neighbours counts. */
  readonly together: readonly number[];
  /** True for what was said by someone whom the query names. */
  readonly isNamed: boolean;
}

/** A long message has a hundred parts and a recall eighty texts, so nothing is made here. */
function toPartScore(query: WeighedQuery, { places, total, pairs, ideal }: QueryPart, { worths, positions, together, isNamed }: Matches): number {
  let said = 0;
  let covered = 0;
  for (const place of places) {
    said += worths[place] ?? 0;
    if ((positions[place]?.length ?? 0) > 0) covered += query.weights[place] ?? 0;
  }
  if (said === 0 || ideal === 0) return 0;
  if (total > 0) said += (settings.coverage * covered * covered) / total;
  for (const pair of pairs) said += together[pair] ?? 0;
  return (isNamed ? said + settings.namedSpeaker * total : said) / ideal;
}

/** What a text counts for by who says it and how, whatever its words. A conversation with the agent has wishes that are meant for it. */
function toBearing({ intent }: WeighedQuery, { own, isOwnVoice, isQuestion }: LexicalDocument, isWithAgent: boolean): number {
  let bearing = isQuestion ? settings.question : 1;
  if (isPersonal(own)) bearing *= 1 + settings.personal;
  if (intent.time && hasTime(own)) bearing *= 1 + settings.time;
  if (intent.number && hasNumber(own)) bearing *= 1 + settings.number;
  if (isOwnVoice) return bearing * (intent.agent ? settings.ownVoiceAsked : settings.ownVoice);
  if (isWithAgent && isStanding(own)) return bearing * (1 + settings.standing);
  return isWithAgent && intent.advice && isPreference(own) ? bearing * (1 + settings.preference) : bearing;
}

/** Worth of a word that stands beside the text, or names its speaker or its day. */
function toWorthBeside({ near, isAnswer, speaker, date }: LexicalDocument, word: string): number {
  let worth = 0;
  for (let line = 0; line < near.length; line++) {
    if (near[line]?.includes(` ${word} `) === true) worth += (settings.near[line] ?? 0) * (line === 1 && isAnswer ? settings.asked : 1);
  }
  return worth + (speaker.includes(word) ? settings.speaker : 0) + (date.includes(word) ? settings.date : 0);
}

/** What two neighbours weigh together, by their place in the pairs of the query. */
function toPairWeight({ pairs, weights }: WeighedQuery, pair: number): number {
  const [left = -1, right = -1] = pairs[pair] ?? [];
  return Math.min(weights[left] ?? 0, weights[right] ?? 0);
}

/** 1 for words that stand together, a half for nearly so. */
function toCloseness(lefts: readonly number[] = [], rights: readonly number[] = []): number {
  let nearest = Infinity;
  for (const left of lefts) for (const right of rights) nearest = Math.min(nearest, Math.abs(left - right));
  if (nearest > 4) return 0;
  return nearest <= 2 ? 1 : 0.5;
}

/** Half of the best of each stretch and half of the mean of its best three. */
function toStretchScores(documents: readonly LexicalDocument[], scores: readonly number[]): ReadonlyMap<number, number> {
  const best = new Map<number, number[]>();
  for (const [index, { stretch }] of documents.entries()) {
    const known = best.get(stretch) ?? [];
    known.push(scores[index] ?? 0);
    best.set(stretch, known);
  }
  return new Map(
    [...best].map(([stretch, all]) => {
      const top = all.sort((left, right) => right - left).slice(0, 3);
      return [stretch, (top[0] ?? 0) / 2 + top.reduce((sum, score) => sum + score, 0) / 6];
    }),
  );
}
