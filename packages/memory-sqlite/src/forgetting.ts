import type { Database } from "./database.ts";
import type { EpisodeWords } from "./episode-words.ts";
import { isTrace, withoutTraces } from "./traces.ts";
import { ownWords, toEpisodeWords, toToken, toTokens } from "./episode-words.ts";
import { toWords } from "./to-words.ts";

type IndexedWords = Pick<EpisodeWords, "own" | "near" | "speaker">;

interface GoneRow extends IndexedWords {
  readonly seq: number;
  readonly id: string;
  readonly scope: number;
  readonly at: number;
  readonly text: string;
}

const goneSql = `SELECT episode.seq, episode.id, episode.scope, episode.at, body.text, words.own, words.near, words.speaker FROM episode
  JOIN body ON body.episode = episode.seq JOIN words ON words.episode = episode.seq WHERE episode.id = ?`;

/** More than so many at once, and the index is written anew rather than mended entry by entry. */
const fewForgotten = 200;
/** Words of a text's beginning and end, the rarest of which it is looked for by beside others. */
const sampleWords = 3;

/** Takes episodes out with every trace of them in the tables, in one transaction. Returns those that existed. */
export function forgetEpisodes(database: Database, ids: readonly string[]): Set<string> {
  const distinct = [...new Set(ids)];
  return database.transaction(() => {
    const gone = distinct.flatMap((id) => database.get<GoneRow>(goneSql, id) ?? []);
    if (gone.length === 0) return new Set<string>();
    const isMany = gone.length > fewForgotten;
    if (isMany) setSecureIndex(database, false);
    for (const row of gone) removeOne(database, row);
    for (const row of gone) removeTraces(database, row);
    if (isMany) {
      database.run("INSERT INTO search (search) VALUES ('optimize')");
      setSecureIndex(database, true);
    }
    database.run("DELETE FROM word WHERE episodes <= 0");
    database.run("DELETE FROM scope WHERE episodes <= 0 AND NOT EXISTS (SELECT 1 FROM episode WHERE episode.scope = scope.seq)");
    return new Set(gone.map(({ id }) => id));
  });
}

function setSecureIndex(database: Database, isSecure: boolean): void {
  // Not bound: a bound number is a real one, and the index takes whole ones only.
  database.run(`INSERT INTO search (search, rank) VALUES ('secure-delete', ${isSecure ? 1 : 0})`);
}

function removeOne(database: Database, row: GoneRow): void {
  const { seq, scope } = row;
  removeFromIndex(database, row);
  for (const word of ownWords(row)) database.run("UPDATE word SET episodes = episodes - 1 WHERE scope = ? AND word = ?", scope, word);
  database.run("UPDATE scope SET episodes = episodes - 1 WHERE seq = ?", scope);
  for (const table of ["body", "words", "entity", "vector"]) database.run(`DELETE FROM ${table} WHERE episode = ?`, seq);
  database.run("DELETE FROM episode WHERE seq = ?", seq);
}

function removeFromIndex(database: Database, row: IndexedWords & { readonly seq: number; readonly scope: number; readonly at: number }): void {
  database.run("INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)", row.seq, toTokens(row.scope, row, row.at));
}

interface BesideRow extends IndexedWords {
  readonly seq: number;
  readonly scope: number;
  readonly at: number;
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

/** Takes a forgotten text out of what stands beside others. They are found by its words, in every scope. */
function removeTraces(database: Database, { text, scope: own }: GoneRow): void {
  const words = toWords(text, 2_000);
  const samples = new Set([words.slice(0, sampleWords), words.slice(-sampleWords)].flatMap((sample) => toRarest(database, sample, own) ?? []));
  if (samples.size === 0) return;
  for (const scope of database.column<number>("SELECT seq FROM scope")) {
    const query = [...samples].flatMap((word) => [toToken(scope, "n", word), toToken(scope, "o", word)]).map((token) => `"${token}"`);
    const found = database.column<number>("SELECT rowid FROM search WHERE search MATCH ?", query.join(" OR "));
    for (const seq of found) {
      const row = database.get<BesideRow>(besideSql, seq);
      if (row !== undefined && (isTrace(row.previous, text) || isTrace(row.next, text))) rewrite(database, row, text);
    }
  }
}

function toRarest(database: Database, words: readonly string[], scope: number): string | undefined {
  const counted = words.map((word) => ({ word, count: database.get<{ episodes: number }>("SELECT episodes FROM word WHERE scope = ? AND word = ?", scope, word)?.episodes ?? 0 }));
  return counted.sort((left, right) => left.count - right.count)[0]?.word;
}

/** Rows are taken out and put in, not changed in place: that would leave a copy behind in the page. */
function rewrite(database: Database, row: BesideRow, text: string): void {
  const { seq, scope, at, voice, intent, experience, outcome } = row;
  const previous = withoutTraces(row.previous, text);
  const next = withoutTraces(row.next, text);
  removeFromIndex(database, row);
  database.run("DELETE FROM body WHERE episode = ?", seq);
  database.run("DELETE FROM words WHERE episode = ?", seq);
  const words = toEpisodeWords({ text: row.text, intent, experience, outcome, ...(voice === null ? {} : { speaker: voice }), ...(previous === null ? {} : { previous }), ...(next === null ? {} : { next }) });
  database.run("INSERT INTO body (episode, text, intent, experience, outcome, previous, next) VALUES (?, ?, ?, ?, ?, ?, ?)", seq, row.text, intent, experience, outcome, previous, next);
  database.run("INSERT INTO words (episode, own, near, speaker, asks, answers) VALUES (?, ?, ?, ?, ?, ?)", seq, words.own, words.near, words.speaker, words.asks, words.answers);
  database.run("INSERT INTO search (rowid, words) VALUES (?, ?)", seq, toTokens(scope, words, at));
}
