import type { Database } from "./database.ts";
import type { IndexedRow } from "./removing-traces.ts";
import { ownWords } from "./episode-words.ts";
import { removeFromIndex, removeTraces } from "./removing-traces.ts";

interface GoneRow extends IndexedRow {
  readonly id: string;
  readonly text: string;
}

const goneSql = `SELECT episode.seq, episode.id, episode.scope, episode.at, body.text, words.own, words.near, words.speaker FROM episode
  JOIN body ON body.episode = episode.seq JOIN words ON words.episode = episode.seq WHERE episode.id = ?`;

/** More than so many at once, and the index is written anew rather than mended entry by entry. */
const fewForgotten = 200;

/** Takes episodes out with every trace of them in the tables, in one transaction, which also says that the file is to be written anew. Returns those that existed, with their numbers. */
export function forgetEpisodes(database: Database, ids: readonly string[]): Map<string, number> {
  const distinct = [...new Set(ids)];
  return database.transaction(() => {
    const gone = distinct.flatMap((id) => database.get<GoneRow>(goneSql, id) ?? []);
    if (gone.length === 0) return new Map<string, number>();
    database.run("UPDATE scrub SET forgotten = forgotten + 1");
    const isMany = gone.length > fewForgotten;
    if (isMany) setSecureIndex(database, false);
    for (const row of gone) removeOne(database, row);
    removeTraces(database, gone);
    if (isMany) {
      database.run("INSERT INTO search (search) VALUES ('optimize')");
      setSecureIndex(database, true);
    }
    database.run("DELETE FROM scope WHERE episodes <= 0 AND NOT EXISTS (SELECT 1 FROM episode WHERE episode.scope = scope.seq)");
    return new Map(gone.map(({ id, seq }) => [id, seq]));
  });
}

function setSecureIndex(database: Database, isSecure: boolean): void {
  // Not bound: a bound number is a real one, and the index takes whole ones only.
  database.run(`INSERT INTO search (search, rank) VALUES ('secure-delete', ${isSecure ? 1 : 0})`);
}

function removeOne(database: Database, row: GoneRow): void {
  const { seq, scope } = row;
  removeFromIndex(database, row);
  for (const word of ownWords(row)) {
    database.run("UPDATE word SET episodes = episodes - 1 WHERE scope = ? AND word = ?", scope, word);
    // Here and not at the end for all words, every one of which would be read for it.
    database.run("DELETE FROM word WHERE scope = ? AND word = ? AND episodes <= 0", scope, word);
  }
  database.run("UPDATE scope SET episodes = episodes - 1 WHERE seq = ?", scope);
  for (const table of ["body", "words", "entity", "vector"]) database.run(`DELETE FROM ${table} WHERE episode = ?`, seq);
  database.run("DELETE FROM episode WHERE seq = ?", seq);
}
