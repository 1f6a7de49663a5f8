import type { QueryTerms } from "./query-terms.ts";
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
  /** True for what the agent said itself. */
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

/** How well each text answers the query by its words: 1 is every word said once, together; 0 is none. */
export function toLexicalScores(query: WeighedQuery, documents: readonly LexicalDocument[]): readonly number[] {
  const places = new Map(query.words.map((word, index) => [word, index]));
  const isWithAgent = documents.some(({ isOwnVoice }) => isOwnVoice);
  const scores = documents.map((document) => toScore(query, document, places) * toBearing(query, document, isWithAgent));
  const stretches = toStretchScores(documents, scores);
  const pairs = query.pairs.reduce((sum, pair) => sum + toPairWeight(query, pair), 0);
  const ideal = query.total * (1 + settings.coverage) + settings.pair * pairs;
  return scores.map((score, index) => (score === 0 || ideal === 0 ? 0 : (score + settings.stretch * (stretches.get(documents[index]?.stretch ?? 0) ?? 0)) / ideal));
}

function toScore(query: WeighedQuery, document: LexicalDocument, places: ReadonlyMap<string, number>): number {
  const { own } = document;
  const positions: number[][] = query.words.map(() => []);
  for (let position = 0; position < own.length; position++) positions[places.get(own[position] ?? "") ?? -1]?.push(position);
  const length = 1 - settings.lengthShare + (settings.lengthShare * own.length) / settings.pivot;
  let sum = 0;
  let covered = 0;
  for (const [place, word] of query.words.entries()) {
    const weight = query.weights[place] ?? 0;
    const count = positions[place]?.length ?? 0;
    const rest = count === 0 && document.tail.includes(` ${word} `) ? settings.tail : 0;
    const frequency = count / length + rest + toWorthBeside(document, word);
    sum += (weight * frequency * (settings.saturation + 1)) / (frequency + settings.saturation);
    if (count > 0) covered += weight;
  }
  if (sum === 0) return 0;
  sum += query.total === 0 ? 0 : (settings.coverage * covered * covered) / query.total;
  for (const pair of query.pairs) sum += settings.pair * toPairWeight(query, pair) * toCloseness(positions[pair[0]], positions[pair[1]]);
  if (document.speaker.some((word) => places.has(word))) sum += settings.namedSpeaker * query.total;
  return sum * (1 + settings.length * Math.log(1 + own.length / settings.pivot));
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

function toPairWeight({ weights }: WeighedQuery, [left, right]: readonly [number, number]): number {
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
