import type { EmbeddingIdentity, RecalledEpisode, ScopeReference } from "@omni/core";
import type { Candidate, Ranked } from "./two-phase.ts";
import type { Database } from "./database.ts";
import type { WordFinder } from "./find-by-words.ts";
import type { LexicalDocument, WeighedQuery } from "./lexical-score.ts";
import type { Meaning } from "./meaning.ts";
import type { SqliteMemoryOptions } from "./sqlite-memory-options.ts";
import type { Vectors } from "./vectors.ts";
import { chooseRecalled } from "./two-phase.ts";
import { weighQuery } from "./find-by-words.ts";
import { findScopes } from "./scopes.ts";
import { isDateWord, toDateWords } from "./date-words.ts";
import { clearSimilarity, noMeaning } from "./meaning.ts";
import { readEpisodes, toEpisode } from "./episode-rows.ts";
import { toHopped } from "./graph.ts";
import { toLexicalScores } from "./lexical-score.ts";
import { toQueryTerms } from "./query-terms.ts";

/** What is asked of a recall. */
export interface RecallRequest {
  readonly query: string;
  readonly scopes: readonly ScopeReference[];
  readonly limit: number;
  readonly floor?: number;
  /** The query's vector, and whose it is. */
  readonly vector?: { readonly identity: EmbeddingIdentity; readonly numbers: Float32Array };
}

/** What a recall works with. */
export interface RecallParts {
  readonly database: Database;
  readonly vectors: Vectors;
  readonly finder: WordFinder;
  readonly options: SqliteMemoryOptions;
}

/** Candidates that are compared word by word: at least so many, and so many for each result. */
const leastCandidates = 80;
const candidatesEach = 4;
/** Nearest vectors that become candidates: at least so many, and so many for each result. */
const leastNearest = 20;
const nearestEach = 2;
/** Share of its meaning that what the agent said itself counts with, as it does with its words. */
const ownVoiceMeaning = 0.7;
/** Share that meaning alone counts with in a search, where nothing must be clear: it comes after what shares more than a few words. */
const searchMeaning = 0.5;

/** Recalls: candidates by words and by meaning, compared one by one, then chosen in two phases. Reads only. */
export function recall({ database, vectors, finder, options }: RecallParts, request: RecallRequest): readonly RecalledEpisode[] {
  const { query, limit, floor, vector } = request;
  const terms = toQueryTerms(query);
  const scopes = findScopes(database, request.scopes);
  if (!terms.hasWords || !(limit >= 1) || scopes.seqs.length === 0) return [];
  const weighed = weighQuery(database, terms, scopes);
  const most = Math.min(2_000, Math.max(leastCandidates, candidatesEach * limit));
  const findings = vector === undefined ? undefined : vectors.find(vector.identity, vector.numbers, scopes.seqs, Math.min(1_000, Math.max(leastNearest, nearestEach * limit)));
  const byWords = new Set(finder.find(weighed, scopes, most));
  const seqs = [...new Set([...byWords, ...(findings?.nearest ?? [])])];
  const compared = compare({ database, query: weighed, by: floor === undefined ? "message" : "search" }, seqs, scopes.seqs);
  const meanings = findings?.meanings(compared.map(({ seq }) => seq));
  const found = compared.map(({ isOwnVoice, ...each }, index) => {
    const { nearness, alone } = meanings?.[index] ?? noMeaning;
    const share = isOwnVoice ? ownVoiceMeaning : 1;
    // Where words alone order what they find, what they did not choose counts by its meaning, and what may be chance changes no order among the others.
    const words = options.vectorWeight > 0 || byWords.has(each.seq) ? each.similarity : 0;
    const heard = words === 0 || alone >= clearSimilarity ? alone * share * (floor === undefined ? 1 : searchMeaning) : 0;
    return { ...each, similarity: toSimilarity(words, { nearness: nearness * share, alone: heard }, options.vectorWeight) };
  });
  const candidates = options.hops === 0 ? found : toHopped(database, found, scopes, options.hops);
  const chosen = chooseRecalled(candidates, {
    limit,
    floor: floor ?? options.floor,
    utilityWeight: options.utilityWeight,
    candidates: floor === undefined ? options.candidates : Math.max(options.candidates, limit),
    mostExperiences: floor === undefined ? options.mostExperiences : limit,
    ...(floor === undefined ? { leastBeside: options.leastBeside, mostUntried: options.mostUntried } : {}),
  });
  return readChosen(database, chosen);
}

/**
 * Words and meaning as one number in [0, 1] that means the same for every
 * query. Of what fits by its words, meaning makes more; what shares no word is
 * found by meaning alone, where that is clearly above noise. Nearly straight
 * below a half and flat toward 1, so that nothing is cut off and the order
 * stays.
 */
function toSimilarity(words: number, { nearness, alone }: Meaning, weight: number): number {
  return Math.max(Math.tanh(1.1 * words * (1 + weight * nearness)), alone);
}

interface ComparedRow {
  readonly seq: number;
  readonly kind: string;
  readonly voice: string | null;
  readonly at: number;
  readonly q: number;
  readonly uses: number;
  readonly stretch: number;
  readonly own: string;
  readonly near: string;
  readonly speaker: string;
  readonly asks: number;
  readonly answers: number;
}

const comparedSql = `SELECT episode.seq, kind, episode.speaker AS voice, at, q, uses, stretch, words.own, words.near, words.speaker, asks, answers
  FROM episode JOIN words ON words.episode = episode.seq
  WHERE episode.seq IN (SELECT value FROM json_each(?)) AND episode.standing <> 'retired' AND episode.scope IN (SELECT value FROM json_each(?)) ORDER BY episode.seq`;

interface Comparison {
  readonly database: Database;
  readonly query: WeighedQuery;
  readonly by: "search" | "message";
}

/** Every candidate with its similarity by words. */
function compare({ database, query, by }: Comparison, seqs: readonly number[], scopes: readonly number[]): readonly (Candidate & { readonly isOwnVoice: boolean })[] {
  const rows = database.rows<ComparedRow>(comparedSql, JSON.stringify(seqs), JSON.stringify(scopes));
  const hasDate = query.words.some(isDateWord);
  const documents = rows.map((row) => toDocument(row, hasDate));
  const scores = toLexicalScores(query, documents, by);
  return rows.map(({ seq, kind, at, q, uses }, index) => ({ seq, isExperience: kind === "episode", at, q, uses, similarity: scores[index] ?? 0, isOwnVoice: documents[index]?.isOwnVoice ?? false }));
}

function toDocument({ own, near, speaker, at, voice, asks, answers, stretch }: ComparedRow, hasDate: boolean): LexicalDocument {
  const [first = "", tail = ""] = own.split("\n");
  return {
    own: first.split(" "),
    tail: tail === "" ? "" : ` ${tail} `,
    near: near.split("\n").map((line) => ` ${line} `),
    speaker: speaker === "" ? [] : speaker.split(" "),
    date: hasDate ? toDateWords(at) : [],
    isOwnVoice: voice === "assistant" || voice === "tool",
    isQuestion: asks === 1,
    isAnswer: answers === 1,
    stretch,
  };
}

function readChosen(database: Database, chosen: readonly Ranked[]): readonly RecalledEpisode[] {
  const rows = readEpisodes(database, chosen.map(({ seq }) => seq));
  return chosen.flatMap(({ seq, score, similarity, utility }) => {
    const row = rows.get(seq);
    return row === undefined ? [] : { episode: toEpisode(row), score, similarity, utility };
  });
}
