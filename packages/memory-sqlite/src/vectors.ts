import type { EmbeddingIdentity } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { Meaning } from "./meaning.ts";
import type { QuantisedVector } from "./quantised-vector.ts";
import type { VectorMatrix } from "./vector-matrix.ts";
import { createVectorMatrix } from "./vector-matrix.ts";
import { createMeaningScale, noMeaning } from "./meaning.ts";
import { fromBlob, toBlob, toCosine, toQuantised } from "./quantised-vector.ts";

/** An episode that waits for its vector, with what is embedded of it. */
export interface PendingText {
  readonly episode: number;
  readonly text: string;
}

/** How a query's vector compares with those that are kept. */
export interface VectorFindings {
  /** Numbers of the nearest episodes. */
  readonly nearest: readonly number[];
  /** How near each of these is, in their order. */
  meanings(episodes: readonly number[]): readonly Meaning[];
}

/** The vectors of the present embedder. Those of an earlier one are replaced as texts are embedded again, and not compared meanwhile. */
export interface Vectors {
  /** The next texts without a vector of this embedder after an episode's number, the oldest first. */
  pending(identity: EmbeddingIdentity, after: number, limit: number): readonly PendingText[];
  /** Keeps vectors; what was forgotten meanwhile is left out. Throws `memory.failed` for a wrong length or numbers that are not finite; then none is kept. */
  put(identity: EmbeddingIdentity, vectors: readonly { readonly episode: number; readonly vector: Float32Array }[]): void;
  /** Takes out of memory what was forgotten; from the tables it is gone already. */
  forget(episodes: readonly number[]): void;
  counts(identity: EmbeddingIdentity): { readonly vectors: number; readonly pending: number };
  /** Compares; undefined where the vector does not fit the embedder, or none is kept. */
  find(identity: EmbeddingIdentity, vector: Float32Array, scopes: readonly number[], most: number): VectorFindings | undefined;
  /** Reads a part of what is not in memory yet; true when more may be left. */
  load(identity: EmbeddingIdentity): boolean;
}

/** Vectors read at a time: about ten milliseconds' worth. */
const loadBatch = 2_000;
/** Vectors that one recall reads, if no more than these are left: what is no larger is whole at the first recall of a process, which may be its only one. */
const mostInRecall = 10_000;
/** Recalls after which one reads a part even if more is left: a large memory moves to a worker by then, which reads between recalls, and what another process made is read in no other way. */
const patience = 20;

/** Keeps the vectors in the database, and in memory those of the embedder that is in use. */
export function createVectors(database: Database): Vectors {
  let loaded: { readonly embedding: number; readonly matrix: VectorMatrix; through: number; asked: number; seen?: number | undefined } | undefined;
  const toEmbedding = (identity: EmbeddingIdentity): number | undefined =>
    database.get<{ seq: number }>("SELECT seq FROM embedding WHERE model = ? AND dimensions = ? AND version = ?", identity.model, identity.dimensions, identity.version)?.seq;
  const load = (identity: EmbeddingIdentity): boolean => {
    const embedding = toEmbedding(identity);
    if (embedding === undefined) return false;
    if (loaded?.embedding !== embedding) loaded = { embedding, matrix: createVectorMatrix(identity.dimensions), through: 0, asked: 0 };
    const rows = database.rows<VectorRow>("SELECT seq, episode, embedding, scope, numbers FROM vector WHERE seq > ? ORDER BY seq LIMIT ?", loaded.through, loadBatch);
    for (const row of rows) {
      if (row.embedding === embedding && row.numbers.length === identity.dimensions + 4) loaded.matrix.add(row.episode, row.scope, fromBlob(row.numbers));
    }
    loaded.through = rows.at(-1)?.seq ?? loaded.through;
    return rows.length === loadBatch;
  };
  const counts: Vectors["counts"] = (identity) => {
    const vectors = database.get<{ count: number }>("SELECT count(*) AS count FROM vector WHERE embedding = ?", toEmbedding(identity) ?? 0)?.count ?? 0;
    const episodes = database.get<{ count: number }>("SELECT coalesce(sum(episodes), 0) AS count FROM scope")?.count ?? 0;
    return { vectors, pending: Math.max(0, episodes - vectors) };
  };
  const waiting = (): number => (database.get<{ top: number | null }>("SELECT max(seq) AS top FROM vector")?.top ?? 0) - (loaded?.through ?? 0);
  return {
    load,
    pending(identity, after, limit) {
      // Counting is a hundredth of the work of looking at every episode, and mostly there is nothing to do.
      if (after === 0 && counts(identity).pending === 0) return [];
      return readPending(database, toEmbedding(identity) ?? 0, after, limit);
    },
    put(identity, vectors) {
      putVectors(database, identity, vectors);
      // What is searched already stays whole, however much comes between two recalls.
      if (loaded !== undefined) load(identity);
    },
    forget(episodes) {
      for (const episode of episodes) loaded?.matrix.remove(episode);
    },
    counts,
    find(identity, vector, scopes, most) {
      const embedding = toEmbedding(identity);
      const query = vector.length === identity.dimensions ? toQuantised(vector) : undefined;
      if (embedding === undefined || query === undefined || query.factor === 0) return undefined;
      if (loaded?.embedding !== embedding || waiting() <= mostInRecall || ++loaded.asked > patience) {
        let isMore = load(identity);
        while (isMore && waiting() <= mostInRecall) isMore = load(identity);
      }
      if (loaded === undefined || waiting() > 0) return { nearest: [], meanings: (episodes) => readMeanings(database, embedding, query, episodes) };
      loaded.seen = dropForgotten(database, loaded.matrix, loaded.seen);
      const hits = loaded.matrix.search(query, new Set(scopes), most);
      const toCosines = (episodes: readonly number[]): readonly number[] => episodes.map((episode) => hits.cosine(episode) ?? 0);
      const toMeaning = createMeaningScale({ ...hits, kept: loaded.matrix.size, nearest: toCosines(hits.nearest) });
      return { nearest: hits.nearest, meanings: (episodes) => toCosines(episodes).map(toMeaning) };
    },
  };
}

/** What another process forgot: there are fewer vectors than rows then. Counting 100,000 reads two hundred pages, and finding which are gone takes about fifty milliseconds, so it is done where another connection has written since `seen` alone. Gives what is seen now. */
function dropForgotten(database: Database, matrix: VectorMatrix, seen: number | undefined): number | undefined {
  const version = database.get<{ data_version: number }>("PRAGMA data_version")?.data_version;
  if (version !== undefined && version === seen) return version;
  const kept = database.get<{ count: number }>("SELECT count(*) AS count FROM vector")?.count ?? 0;
  if (kept < matrix.size) matrix.retain(new Set(database.column<number>("SELECT episode FROM vector")));
  return version;
}

interface VectorRow {
  readonly seq: number;
  readonly episode: number;
  readonly embedding: number;
  readonly scope: number;
  readonly numbers: Uint8Array;
}

/** For the first recalls of a process, while the vectors are still being read: those of the candidates alone. */
function readMeanings(database: Database, embedding: number, query: QuantisedVector, episodes: readonly number[]): readonly Meaning[] {
  const rows = database.rows<{ episode: number; numbers: Uint8Array }>("SELECT episode, numbers FROM vector WHERE embedding = ? AND episode IN (SELECT value FROM json_each(?))", embedding, JSON.stringify(episodes));
  const toMeaning = createMeaningScale({ sample: new Float32Array(0), kept: 0, searched: 0, nearest: [] });
  const known = new Map(rows.map(({ episode, numbers }) => [episode, toMeaning(toCosine(query, fromBlob(numbers)))]));
  return episodes.map((episode) => known.get(episode) ?? noMeaning);
}

/** Longest part of a text that is embedded. Its neighbours are not: with them word vectors found less. */
const longestEmbedded = 4_000;

function readPending(database: Database, embedding: number, after: number, limit: number): readonly PendingText[] {
  const rows = database.all<PendingText>(
    `SELECT episode.seq AS episode, text FROM episode JOIN body ON body.episode = episode.seq
     WHERE episode.seq > ? AND NOT EXISTS (SELECT 1 FROM vector WHERE vector.episode = episode.seq AND vector.embedding = ?) ORDER BY episode.seq LIMIT ?`,
    after,
    embedding,
    limit,
  );
  return rows.map(({ episode, text }) => ({ episode, text: text.slice(0, longestEmbedded) }));
}

function putVectors(database: Database, { model, dimensions, version }: EmbeddingIdentity, vectors: readonly { readonly episode: number; readonly vector: Float32Array }[]): void {
  const rows = vectors.map(({ episode, vector }) => {
    const quantised = vector.length === dimensions ? toQuantised(vector) : undefined;
    if (quantised === undefined) throw new OmniError("memory.failed", `The embedder ${model} gave a vector of ${vector.length} numbers where it names ${dimensions}, or one that is not finite; words alone are used.`);
    return { episode, blob: toBlob(quantised) };
  });
  database.transaction(() => {
    database.run("INSERT INTO embedding (model, dimensions, version) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", model, dimensions, version);
    for (const { episode, blob } of rows) {
      // Taken out and put in, so that its number grows and every process sees that it is new.
      database.run("DELETE FROM vector WHERE episode = ?", episode);
      database.run(
        "INSERT INTO vector (episode, embedding, scope, numbers) SELECT episode.seq, embedding.seq, episode.scope, ? FROM episode, embedding WHERE episode.seq = ? AND embedding.model = ? AND embedding.dimensions = ? AND embedding.version = ?",
        blob,
        episode,
        model,
        dimensions,
        version,
      );
    }
  });
}
