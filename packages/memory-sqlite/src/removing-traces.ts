import type { Database } from "./database.ts";
import type { EpisodeWords } from "./episode-words.ts";
import { toEpisodeWords, toToken, toTokens } from "./episode-words.ts";
import { toWords } from "./to-words.ts";
import { toCompared, withoutTraces } from "./traces.ts";

/** What an episode's place in the index is made from. */
export interface IndexedRow extends Pick<EpisodeWords, "own" | "near" | "speaker"> {
  readonly seq: number;
  readonly scope: number;
  readonly at: number;
}

/** Words of a text's beginning and end, the rarest of which it is looked for by beside others. */
const sampleWords = 3;
/** Rows that are gone through in the time of one look into the index, with what it finds: about two hundred microseconds in a session of other talk. */
const rowsALook = 50;
/** Most texts for each of which SQLite itself goes through all rows, which takes a quarter of reading them here for all texts together. */
const fewTexts = 4;
/** Rows read at a time. */
const pageSize = 2_000;

/** Takes an episode's words out of the index. */
export function removeFromIndex(database: Database, row: IndexedRow): void {
  database.run("INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)", row.seq, toTokens(row.scope, row, row.at));
}

/**
 * Takes forgotten texts out of what stands beside others, in every scope: what
 * was said in one session may stand beside what another one keeps. They are
 * found by their words: in few scopes by the index, which is one of its own
 * for each scope, and else among the words beside all.
 */
export function removeTraces(database: Database, gone: readonly { readonly text: string }[]): void {
  const texts = new Set(gone.map(({ text }) => text));
  const scopes = database.column<number>("SELECT seq FROM scope");
  const rows = database.get<{ count: number }>("SELECT coalesce(sum(episodes), 0) AS count FROM scope")?.count ?? 0;
  if (texts.size * scopes.length * rowsALook <= rows) removeLooking(database, texts, scopes);
  else if (texts.size <= fewTexts) removeScanning(database, texts);
  else removeReading(database, [...texts]);
}

/** A text is looked for by one word of its beginning and one of its end: the rarest, and of those the longest, which is the rarest elsewhere. */
function toSamples(text: string, count: (word: string) => number): readonly string[] {
  const words = toWords(text, 2_000);
  const samples = [words.slice(0, sampleWords), words.slice(-sampleWords)];
  const rarest = samples.flatMap((sample) => sample.map((word) => ({ word, count: count(word) })).sort((left, right) => left.count - right.count || right.word.length - left.word.length)[0] ?? []);
  return [...new Set(rarest.map(({ word }) => word))];
}

/** How many texts say a word, in whatever scope. The scopes are gone through, and the word is looked up in each. */
const saidSql = "SELECT coalesce(sum(word.episodes), 0) AS count FROM scope CROSS JOIN word ON word.scope = scope.seq AND word.word = ?";

function toSaid(database: Database): (word: string) => number {
  return (word) => database.get<{ count: number }>(saidSql, word)?.count ?? 0;
}

function removeLooking(database: Database, texts: Iterable<string>, scopes: readonly number[]): void {
  for (const text of texts) {
    const compared = [toCompared(text)];
    const samples = toSamples(text, toSaid(database));
    for (const scope of samples.length === 0 ? [] : scopes) {
      const query = samples.flatMap((word) => [toToken(scope, "n", word), toToken(scope, "o", word)]).map((token) => `"${token}"`);
      const found = database.column<number>("SELECT rowid FROM search WHERE search MATCH ?", query.join(" OR "));
      for (const seq of found) removeBeside(database, seq, compared);
    }
  }
}

/** The first condition is the quick one, and the second, asked of what it leaves, takes whole words. */
const holdsSql = "(instr(near, ?) > 0 AND instr(' ' || replace(near, char(10), ' ') || ' ', ?) > 0)";

function removeScanning(database: Database, texts: Iterable<string>): void {
  for (const text of texts) {
    const compared = [toCompared(text)];
    const samples = toSamples(text, toSaid(database));
    if (samples.length === 0) continue;
    const found = database.column<number>(`SELECT episode FROM words WHERE ${samples.map(() => holdsSql).join(" OR ")}`, ...samples.flatMap((word) => [word, ` ${word} `]));
    for (const seq of found) removeBeside(database, seq, compared);
  }
}

/** All is read twice: what is rare is known only afterwards, and by a common word every text would be compared with every row. */
function removeReading(database: Database, texts: readonly string[]): void {
  const counts = new Map<string, number>(texts.flatMap((text) => toWords(text, 2_000)).map((word) => [word, 0]));
  readNear(database, (_, words) => {
    for (const word of words) if (counts.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  });
  const byWord = new Map<string, string[]>();
  for (const text of texts) {
    const compared = toCompared(text);
    for (const word of toSamples(text, (each) => counts.get(each) ?? 0)) byWord.set(word, [...(byWord.get(word) ?? []), compared]);
  }
  readNear(database, (episode, words) => {
    const found = new Set<string>();
    for (const word of words) for (const text of byWord.get(word) ?? []) found.add(text);
    if (found.size > 0) removeBeside(database, episode, [...found]);
  });
}

/** Gives the words beside every episode that has any. */
function readNear(database: Database, take: (episode: number, words: readonly string[]) => void): void {
  let after = 0;
  for (;;) {
    const rows = database.rows<{ episode: number; near: string }>("SELECT episode, near FROM words WHERE episode > ? ORDER BY episode LIMIT ?", after, pageSize);
    for (const { episode, near } of rows) if (near.trim() !== "") take(episode, near.split(/[ \n]+/));
    if (rows.length < pageSize) return;
    after = rows.at(-1)?.episode ?? after;
  }
}

interface BesideRow extends IndexedRow {
  readonly voice: string | null;
  readonly text: string;
  readonly intent: string;
  readonly experience: string;
  readonly outcome: string;
  readonly previous: string | null;
  readonly next: string | null;
}

const besideSql = `SELECT episode.seq, episode.scope, episode.at, episode.speaker AS voice, words.own, words.near, words.speaker,
  body.text, body.intent, body.experience, body.outcome, body.previous, body.next
  FROM episode JOIN body ON body.episode = episode.seq JOIN words ON words.episode = episode.seq WHERE episode.seq = ?`;

/** Takes texts, as they are compared, out of what stands beside an episode. Rows are taken out and put in, not changed in place: that would leave a copy behind in the page. */
function removeBeside(database: Database, episode: number, texts: readonly string[]): void {
  const row = database.get<BesideRow>(besideSql, episode);
  if (row === undefined) return;
  const { seq, scope, at, voice, text, intent, experience, outcome } = row;
  const previous = withoutTraces(row.previous, texts);
  const next = withoutTraces(row.next, texts);
  if (previous === row.previous && next === row.next) return;
  removeFromIndex(database, row);
  database.run("DELETE FROM body WHERE episode = ?", seq);
  database.run("DELETE FROM words WHERE episode = ?", seq);
  const words = toEpisodeWords({ text, intent, experience, outcome, ...(voice === null ? {} : { speaker: voice }), ...(previous === null ? {} : { previous }), ...(next === null ? {} : { next }) });
  database.run("INSERT INTO body (episode, text, intent, experience, outcome, previous, next) VALUES (?, ?, ?, ?, ?, ?, ?)", seq, text, intent, experience, outcome, previous, next);
  database.run("INSERT INTO words (episode, own, near, speaker, asks, answers) VALUES (?, ?, ?, ?, ?, ?)", seq, words.own, words.near, words.speaker, words.asks, words.answers);
  database.run("INSERT INTO search (rowid, words) VALUES (?, ?)", seq, toTokens(scope, words, at));
}
