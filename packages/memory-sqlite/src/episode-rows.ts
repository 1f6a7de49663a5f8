import type { Episode, ExportedEpisode, MemoryScope, MemoryStanding, NewEpisode } from "@omni/core";
import type { Database } from "./database.ts";

/** An episode as the tables give it. */
export interface EpisodeRow {
  readonly seq: number;
  readonly id: string;
  readonly scope: MemoryScope;
  readonly owner: string;
  readonly kind: NewEpisode["kind"];
  readonly speaker: string | null;
  readonly session_id: string | null;
  readonly turn_id: string | null;
  readonly trusted: number;
  readonly at: number;
  readonly created_at: number;
  readonly q: number;
  readonly uses: number;
  readonly successes: number;
  readonly failures: number;
  readonly last_used_at: number;
  readonly standing: MemoryStanding;
  readonly text: string;
  readonly intent: string;
  readonly experience: string;
  readonly outcome: string;
  readonly previous: string | null;
  readonly next: string | null;
}

/** Selects whole episodes; a WHERE follows. */
export const selectEpisodes = `SELECT episode.seq, episode.id, scope.scope, scope.owner, kind, speaker, session_id, turn_id, trusted, at, created_at, q, uses, successes, failures, last_used_at, standing,
  text, intent, experience, outcome, previous, next FROM episode JOIN body ON body.episode = episode.seq JOIN scope ON scope.seq = episode.scope`;

/** An episode as it is shown. */
export function toEpisode(row: EpisodeRow): Episode {
  const { id, kind, text, intent, experience, outcome, speaker, q, uses, successes, failures, at, session_id, turn_id, standing } = row;
  const source = { ...(session_id === null ? {} : { sessionId: session_id }), ...(turn_id === null ? {} : { turnId: turn_id }), trusted: row.trusted === 1 };
  const learned = { q, uses, successes, failures, at, createdAt: row.created_at, lastUsedAt: row.last_used_at };
  const said = { id, kind, text, intent, experience, outcome, ...(speaker === null ? {} : { speaker }) };
  return { ...said, ...learned, source, scope: { scope: row.scope, owner: row.owner }, ...(standing === "kept" ? {} : { standing }) };
}

/** An episode as it is carried to another memory. */
export function toExported(row: EpisodeRow): ExportedEpisode {
  return { ...toEpisode(row), ...(row.previous === null ? {} : { previous: row.previous }), ...(row.next === null ? {} : { next: row.next }) };
}

/** Whole episodes by their numbers, in any order. */
export function readEpisodes(database: Database, seqs: readonly number[]): ReadonlyMap<number, EpisodeRow> {
  const rows = database.all<EpisodeRow>(`${selectEpisodes} WHERE episode.seq IN (SELECT value FROM json_each(?))`, JSON.stringify(seqs));
  return new Map(rows.map((row) => [row.seq, row]));
}
