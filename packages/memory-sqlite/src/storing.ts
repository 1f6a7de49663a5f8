import type { CheckedArrival } from "./arrival.ts";
import type { Database } from "./database.ts";
import { ensureScope } from "./scopes.ts";
import { ownWords, toEpisodeWords, toTokens } from "./episode-words.ts";
import { toEntities } from "./entities.ts";

/** Passages of a session that are further apart than this, in milliseconds, were not said in one go. */
const stretchGap = 4 * 3_600_000;

/** Stores episodes in one transaction; an id that is known stays as it is. Returns how many were new. */
export function storeEpisodes(database: Database, arrivals: readonly CheckedArrival[]): number {
  return database.transaction(() => arrivals.filter((arrival) => storeOne(database, arrival)).length);
}

function storeOne(database: Database, arrival: CheckedArrival): boolean {
  const { id, parts, at, episode } = arrival;
  if (database.get("SELECT seq FROM episode WHERE id = ?", id) !== undefined) return false;
  const scope = ensureScope(database, episode.scope);
  const seq = insertEpisode(database, arrival, scope);
  const { text, intent, experience, outcome } = parts;
  const { speaker, previous, next } = episode;
  database.run("INSERT INTO body (episode, text, intent, experience, outcome, previous, next) VALUES (?, ?, ?, ?, ?, ?, ?)", seq, text, intent, experience, outcome, previous ?? null, next ?? null);
  const words = toEpisodeWords({ ...parts, ...(speaker === undefined ? {} : { speaker }), ...(previous === undefined ? {} : { previous }), ...(next === undefined ? {} : { next }) });
  database.run("INSERT INTO words (episode, own, near, speaker, asks, answers) VALUES (?, ?, ?, ?, ?, ?)", seq, words.own, words.near, words.speaker, words.asks, words.answers);
  database.run("INSERT INTO search (rowid, words) VALUES (?, ?)", seq, toTokens(scope, words, at));
  for (const word of ownWords(words)) database.run("INSERT INTO word (scope, word, episodes) VALUES (?, ?, 1) ON CONFLICT (scope, word) DO UPDATE SET episodes = episodes + 1", scope, word);
  database.run("UPDATE scope SET episodes = episodes + 1 WHERE seq = ?", scope);
  for (const name of toEntities(`${text}\n${speaker ?? ""}`)) database.run("INSERT OR IGNORE INTO entity (scope, name, episode) VALUES (?, ?, ?)", scope, name, seq);
  return true;
}

const insertSql = `INSERT INTO episode (id, scope, kind, speaker, session_id, turn_id, trusted, at, created_at, stretch, q, uses, successes, failures, last_used_at, decayed_at, decided_uses, standing)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`;

function insertEpisode(database: Database, { id, now, at, episode, learned }: CheckedArrival, scope: number): number {
  const { kind, speaker, source } = episode;
  const { q = 0.5, uses = 0, successes = 0, failures = 0, createdAt = now, lastUsedAt = now, standing = "kept" } = learned ?? {};
  const session = source.sessionId ?? null;
  const said = [id, scope, kind, speaker ?? null, session, source.turnId ?? null, source.trusted ? 1 : 0, at, createdAt, toStretch(database, scope, session, at)];
  return database.insert(insertSql, ...said, q, uses, successes, failures, lastUsedAt, now, standing);
}

/** The stretch of the session's last passage where this one follows soon, else a new one. */
function toStretch(database: Database, scope: number, session: string | null, at: number): number {
  const last = session === null ? undefined : database.get<{ at: number; stretch: number }>("SELECT at, stretch FROM episode WHERE scope = ? AND session_id = ? ORDER BY seq DESC LIMIT 1", scope, session);
  if (last !== undefined && Math.abs(at - last.at) <= stretchGap) return last.stretch;
  return (database.get<{ top: number | null }>("SELECT max(seq) AS top FROM episode")?.top ?? 0) + 1;
}
