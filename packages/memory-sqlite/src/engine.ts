import type { EmbeddingIdentity, Episode, ExportedEpisode, MemoryNeighbour, MemoryStanding, NewEpisode, RecalledEpisode, Reinforcement, ScopeReference, TendReport } from "@omni/core";
import { isOmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { EpisodeRow } from "./episode-rows.ts";
import type { CheckedArrival } from "./arrival.ts";
import type { EngineHealth } from "./copies.ts";
import type { PendingText, Vectors } from "./vectors.ts";
import type { RecallRequest } from "./recalling.ts";
import type { SqliteMemoryOptions } from "./sqlite-memory-options.ts";
import { checkDatabase, copyDatabase } from "./copies.ts";
import { createVectors } from "./vectors.ts";
import { createWordFinder } from "./find-by-words.ts";
import { findNeighbours } from "./graph.ts";
import { findScopes } from "./scopes.ts";
import { forgetEpisodes } from "./forgetting.ts";
import { recall } from "./recalling.ts";
import { reinforce } from "./reinforcing.ts";
import { rewriteDatabase } from "./rewrite-database.ts";
import { selectEpisodes, toEpisode, toExported } from "./episode-rows.ts";
import { storeEpisodes } from "./storing.ts";
import { tend } from "./tending.ts";
import { toExactText } from "./exact-text.ts";

/** What is counted. */
export interface EngineCounts {
  readonly kinds: Readonly<Record<NewEpisode["kind"], number>>;
  readonly standings: Readonly<Record<MemoryStanding, number>>;
  readonly vectors: number;
  readonly pending: number;
}

/** A part of everything, and where the next begins. */
export interface ExportPage {
  readonly episodes: readonly ExportedEpisode[];
  readonly next: number | null;
}

/** What is asked of a list: the newest first, of one standing where that is given. */
export interface ListRequest {
  readonly scopes: readonly ScopeReference[];
  readonly limit: number;
  readonly offset: number;
  readonly standing?: MemoryStanding;
}

/**
 * The work of the memory over its database, each call whole and synchronous.
 * Arguments and results can be sent to another thread. Throws `memory.failed`.
 */
export interface MemoryEngine {
  /** Returns how many were new. */
  store(arrivals: readonly CheckedArrival[]): number;
  recall(request: RecallRequest): readonly RecalledEpisode[];
  reinforce(reinforcement: Reinforcement, now: number): void;
  /** Returns, for each list, how many of its ids existed. */
  forget(lists: readonly (readonly string[])[]): readonly number[];
  list(request: ListRequest): readonly Episode[];
  get(ids: readonly string[]): readonly Episode[];
  neighbours(ids: readonly string[], options: { readonly scopes: readonly ScopeReference[]; readonly limit: number }): readonly MemoryNeighbour[];
  tend(now: number): TendReport;
  counts(identity: EmbeddingIdentity | null): EngineCounts;
  scopes(): readonly ScopeReference[];
  exportPage(after: number): ExportPage;
  pending(identity: EmbeddingIdentity, after: number): readonly PendingText[];
  putVectors(identity: EmbeddingIdentity, vectors: readonly { readonly episode: number; readonly vector: Float32Array }[]): void;
  /** Reads some vectors into memory; true when more are left. */
  loadVectors(identity: EmbeddingIdentity): boolean;
  check(): EngineHealth;
  /** Writes a copy into an empty file. */
  copy(path: string): void;
}

/** Largest database that is written anew whenever something is forgotten, in bytes; it takes a tenth of a second. A larger one is when it is tended. */
const mostToRewriteAtOnce = 24 * 1024 * 1024;
/** Largest that is written anew at all, in bytes. It takes some seconds, in which nothing is recalled; above it, what `secure_delete` has overwritten has to do. */
const mostToRewrite = 1024 * 1024 * 1024;
const exportBatch = 200;
const pendingBatch = 64;

/** Makes the engine over an open database. */
export function createEngine(database: Database, options: SqliteMemoryOptions): MemoryEngine {
  const vectors = createVectors(database);
  const finder = createWordFinder(database);
  const scrub = createScrub(database);
  return {
    store: (arrivals) => storeEpisodes(database, arrivals),
    recall: (request) => recall({ database, vectors, finder, options }, request),
    reinforce: (reinforcement, now) => reinforce(database, reinforcement, options, now),
    forget(lists) {
      const gone = forgetEpisodes(database, lists.flat());
      vectors.forget([...gone.values()]);
      if (gone.size > 0) scrub.afterForgetting();
      // What two lists name counts for the first.
      return lists.map((ids) => ids.filter((id) => gone.delete(id)).length);
    },
    list: (request) => list(database, request),
    get(ids) {
      const rows = database.all<EpisodeRow>(`${selectEpisodes} WHERE episode.id IN (SELECT value FROM json_each(?))`, JSON.stringify(ids.map(toExactText)));
      const known = new Map(rows.map((row) => [row.id, row]));
      return [...new Set(ids)].flatMap((id) => known.get(id) ?? []).map(toEpisode);
    },
    neighbours: (ids, how) => findNeighbours(database, ids, how),
    tend(now) {
      scrub.whenTended();
      return tend(database, options, now);
    },
    counts: (identity) => count(database, vectors, identity),
    scopes: () => database.all<ScopeReference>("SELECT scope, owner FROM scope WHERE episodes > 0 ORDER BY scope, owner"),
    exportPage(after) {
      const rows = database.all<EpisodeRow>(`${selectEpisodes} WHERE episode.seq > ? ORDER BY episode.seq LIMIT ?`, after, exportBatch);
      return { episodes: rows.map(toExported), next: rows.length === exportBatch ? (rows.at(-1)?.seq ?? null) : null };
    },
    pending: (identity, after) => vectors.pending(identity, after, pendingBatch),
    putVectors: (identity, given) => vectors.put(identity, given),
    loadVectors: (identity) => vectors.load(identity),
    check: () => checkDatabase(database),
    copy: (path) => copyDatabase(database, path),
  };
}

function list(database: Database, { scopes, limit, offset, standing }: ListRequest): readonly Episode[] {
  const { seqs } = findScopes(database, scopes);
  const most = limit >= 1 ? Math.min(Math.floor(limit), Number.MAX_SAFE_INTEGER) : 0;
  const start = offset >= 1 ? Math.min(Math.floor(offset), Number.MAX_SAFE_INTEGER) : 0;
  const [only] = seqs;
  const [where, place] = seqs.length === 1 && only !== undefined ? ["episode.scope = ?", only] : ["episode.scope IN (SELECT value FROM json_each(?))", JSON.stringify(seqs)];
  const values = standing === undefined ? [place] : [place, standing];
  return database.all<EpisodeRow>(`${selectEpisodes} WHERE ${where}${toStandingSql(standing)} ORDER BY episode.at DESC, episode.seq DESC LIMIT ? OFFSET ?`, ...values, most, start).map(toEpisode);
}

/** The few of which the gate made something have an index, which is used only where its own condition is said. */
function toStandingSql(standing: MemoryStanding | undefined): string {
  if (standing === undefined) return "";
  return standing === "kept" ? " AND standing = ?" : " AND standing = ? AND standing <> 'kept'";
}

function count(database: Database, vectors: Vectors, identity: EmbeddingIdentity | null): EngineCounts {
  const kinds = { episode: 0, passage: 0, fact: 0 };
  const standings = { kept: 0, retired: 0, promoted: 0 };
  for (const row of database.all<{ kind: NewEpisode["kind"]; standing: MemoryStanding; number: number }>("SELECT kind, standing, count(*) AS number FROM episode GROUP BY kind, standing")) {
    kinds[row.kind] += row.number;
    standings[row.standing] += row.number;
  }
  return { kinds, standings, ...(identity === null ? { vectors: 0, pending: 0 } : vectors.counts(identity)) };
}

/**
 * Takes the forgotten bytes out of the files. `secure_delete` overwrites rows
 * where they are; when pages were rearranged earlier, copies can be left in
 * unused parts of a page, and only writing the file anew takes those out. That
 * it is due stands in the file: who forgot may have ended long before it is tended.
 */
function createScrub(database: Database): { afterForgetting(): void; whenTended(): void } {
  const toDue = (): number | undefined => database.get<{ forgotten: number }>("SELECT forgotten FROM scrub WHERE forgotten > scrubbed")?.forgotten;
  const rewrite = (due: number): void => {
    rewriteDatabase(database);
    // What another process forgot meanwhile stays due.
    database.run("UPDATE scrub SET scrubbed = max(scrubbed, ?)", due);
  };
  const emptyLog = (): void => database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  /** Another process that writes at this moment, or a full disk, only puts off that the file is written anew. */
  const attempt = (body: () => void): void => {
    try {
      body();
    } catch (error) {
      if (!(isOmniError(error) && error.retryable)) throw error;
    }
  };
  const bytes = (): number => database.get<{ bytes: number }>("SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size")?.bytes ?? 0;
  return {
    afterForgetting: () =>
      attempt(() => {
        const due = toDue();
        if (due !== undefined && bytes() <= mostToRewriteAtOnce) rewrite(due);
        emptyLog();
      }),
    whenTended: () =>
      attempt(() => {
        const due = toDue();
        if (due === undefined || bytes() > mostToRewrite) return;
        rewrite(due);
        emptyLog();
      }),
  };
}
