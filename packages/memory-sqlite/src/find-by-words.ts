import type { Database } from "./database.ts";
import type { KnownScopes } from "./scopes.ts";
import type { QueryTerms } from "./query-terms.ts";
import type { WeighedQuery } from "./lexical-score.ts";
import { isFramingWord } from "./stop-words.ts";
import { toToken } from "./episode-words.ts";
import { toWeight } from "./lexical-score.ts";

/** Most places in the index that one recall reads; what is rare is read first, so that it is the common words that are cut. Ten thousand take about two milliseconds. */
const mostPlaces = 5_000;
/** A word that is nearly everywhere is not looked up when rarer ones found this many already. */
const enough = 400;
/** Worth of a word beside a text when candidates are gathered. */
const nearWorth = 0.4;

/** Most scopes that are each looked into for each word; of more only those are in which a text says it. */
const fewScopes = 48;
/** Most scopes in which words are also looked for beside texts. Which scopes have a word there is not known, and each look takes some twenty microseconds. */
const mostScopesBeside = 300;

/** Most words of a query that are known in scope, and most that are not, which may still stand beside a text or name a speaker. */
const mostKnown = 128;
const mostUnknown = 32;

/** A character of a script without spaces says a third of what a pair says, of which it is a part. */
const characterShare = 0.35;
const character = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]$/u;

/** So does a word by which one asks about a conversation. */
const framingShare = 0.2;

/** Share of a word that is said beside the question. Of 0.3, 0.5, 0.7 and 1 this ranked best. */
const asideShare = 0.5;

function toShare(word: string, { asides }: QueryTerms): number {
  const share = isFramingWord(word) ? framingShare : character.test(word) ? characterShare : 1;
  return asides.has(word) ? share * asideShare : share;
}

/** A query whose words are weighed, with where each is said. */
export interface FoundQuery extends WeighedQuery {
  /** Scopes in which a text says a word, where so many are searched that not each is looked into for each word. */
  readonly saidIn?: ReadonlyMap<string, ReadonlySet<number>>;
}

/** How many texts say each word of a query, and where. */
interface Holding {
  readonly episodes: ReadonlyMap<string, number>;
  readonly saidIn?: ReadonlyMap<string, ReadonlySet<number>>;
}

const heldSql = "FROM word WHERE scope IN (SELECT value FROM json_each(?)) AND word IN (SELECT value FROM json_each(?))";

function readHolding(database: Database, { words }: QueryTerms, { seqs }: KnownScopes): Holding {
  const asked = [JSON.stringify(seqs), JSON.stringify(words)];
  if (seqs.length <= fewScopes) {
    const rows = database.rows<{ word: string; episodes: number }>(`SELECT word, sum(episodes) AS episodes ${heldSql} GROUP BY word`, ...asked);
    return { episodes: new Map(rows.map(({ word, episodes }) => [word, episodes])) };
  }
  const total = new Map<string, number>();
  const saidIn = new Map<string, Set<number>>();
  for (const { scope, word, episodes } of database.rows<{ scope: number; word: string; episodes: number }>(`SELECT scope, word, episodes ${heldSql}`, ...asked)) {
    total.set(word, (total.get(word) ?? 0) + episodes);
    const scopes = saidIn.get(word) ?? new Set();
    saidIn.set(word, scopes.add(scope));
  }
  return { episodes: total, saidIn };
}

/** Weighs the words of a query by how rare each is in the scopes, and leaves out of a very long one what is common. */
export function weighQuery(database: Database, terms: QueryTerms, scopes: KnownScopes): FoundQuery {
  const { episodes: holding, ...where } = readHolding(database, terms, scopes);
  const all = terms.words.map((word, place) => ({ place, word, weight: toWeight(scopes.episodes, holding.get(word) ?? 0) * toShare(word, terms) }));
  const known = all.filter(({ word }) => holding.has(word)).sort((left, right) => right.weight - left.weight || left.place - right.place).slice(0, mostKnown);
  const unknown = all.filter(({ word }) => !holding.has(word)).slice(0, mostUnknown);
  const asked = [...known, ...unknown].sort((left, right) => left.place - right.place);
  const places = new Map(asked.map(({ place }, index) => [place, index]));
  const pairs = terms.pairs.flatMap(([left, right]) => {
    const from = places.get(left);
    const to = places.get(right);
    return from === undefined || to === undefined ? [] : [[from, to] as const];
  });
  const weights = asked.map(({ weight }) => weight);
  return { ...terms, ...where, known: new Set(known.map(({ word }) => word)), words: asked.map(({ word }) => word), pairs, weights, total: weights.reduce((sum, weight) => sum + weight, 0) };
}

/** Finds candidates by their words. */
export interface WordFinder {
  /** Numbers of the episodes that share most with the query, at most `most`, in no order. */
  find(query: FoundQuery, scopes: KnownScopes, most: number): readonly number[];
}

/** Makes a finder. It keeps a list of numbers from one call to the next, as long as there are episodes: a map of thousands of entries would take longer than the index. */
export function createWordFinder(database: Database): WordFinder {
  let worths = new Float64Array(1_024);
  return {
    find(query, scopes, most) {
      const touched: number[] = [];
      const order = query.words.map((word, index) => ({ word, weight: query.weights[index] ?? 0 })).sort((left, right) => right.weight - left.weight);
      let places = mostPlaces;
      const gather = (mark: "o" | "n", word: string, worth: number): void => {
        for (const scope of mark === "o" && query.saidIn !== undefined ? toHolding(query.saidIn, word, scopes) : scopes.seqs) {
          if (places <= 0) return;
          const found = database.column<number>("SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?", `"${toToken(scope, mark, word)}"`, places);
          places -= found.length;
          if ((found[0] ?? 0) >= worths.length) worths = withRoom(worths, found[0] ?? 0);
          for (const seq of found) {
            const before = worths[seq] ?? 0;
            if (before === 0) touched.push(seq);
            worths[seq] = before + worth;
          }
        }
      };
      for (const { word, weight } of order) {
        if (weight < 0.7 && touched.length >= enough) break;
        gather("o", word, weight);
      }
      for (const { word, weight } of scopes.seqs.length > mostScopesBeside ? [] : order) {
        if (weight < 1.5 && touched.length >= enough) break;
        gather("n", word, weight * nearWorth);
      }
      const best = toBest(touched, worths, most);
      for (const seq of touched) worths[seq] = 0;
      return best;
    },
  };
}

/** The scopes in which a word is said, in the order in which they are searched. */
function toHolding(saidIn: ReadonlyMap<string, ReadonlySet<number>>, word: string, { seqs }: KnownScopes): readonly number[] {
  const holding = saidIn.get(word);
  return holding === undefined ? [] : seqs.filter((scope) => holding.has(scope));
}

function withRoom(worths: Float64Array, seq: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.ceil((seq + 1) * 1.25));
  larger.set(worths);
  return larger;
}

/** Steps that worths are sorted into before the best are taken out. */
const steps = 512;

/** The ones that are worth most; of equals the newer, which have the larger numbers. Counted into steps first: sorting thousands would take longer than finding them. */
function toBest(touched: readonly number[], worths: Float64Array, most: number): readonly number[] {
  if (touched.length <= most) return touched;
  let largest = 0;
  for (const seq of touched) largest = Math.max(largest, worths[seq] ?? 0);
  const toStep = (seq: number): number => Math.min(steps - 1, Math.floor(((worths[seq] ?? 0) / largest) * steps));
  const counts = new Int32Array(steps);
  for (const seq of touched) counts[toStep(seq)] = (counts[toStep(seq)] ?? 0) + 1;
  let step = steps - 1;
  for (let above = counts[step] ?? 0; above < most && step > 0; above += counts[step] ?? 0) step--;
  const best = touched.filter((seq) => toStep(seq) >= step);
  return best.sort((left, right) => (worths[right] ?? 0) - (worths[left] ?? 0) || right - left).slice(0, most);
}
