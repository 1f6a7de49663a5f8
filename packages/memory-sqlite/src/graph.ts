import type { MemoryNeighbour, ScopeReference } from "@omni/core";
import type { Candidate } from "./two-phase.ts";
import type { Database } from "./database.ts";
import type { KnownScopes } from "./scopes.ts";
import { findScopes } from "./scopes.ts";
import { readEpisodes, toEpisode } from "./episode-rows.ts";
import { toWeight } from "./lexical-score.ts";

/** Things that more than this many episodes name tie nothing together. */
const mostNaming = 64;
/** Hits a hop starts from. */
const hopStarts = 5;
/** What is left of a hit's similarity one hop further, for one that shares all that the hit names. */
const hopLoss = 0.5;

interface SharedRow {
  readonly episode: number;
  readonly name: string;
  readonly naming: number;
}

interface Tie {
  readonly names: string[];
  weight: number;
}

/** Episodes that name what these name, with how much of it, in [0, 1]. */
function findTies(database: Database, seqs: readonly number[], scopes: KnownScopes): ReadonlyMap<number, { readonly names: readonly string[]; readonly strength: number }> {
  const from = JSON.stringify(seqs);
  const within = JSON.stringify(scopes.seqs);
  const named = database.rows<{ name: string; naming: number }>(
    `SELECT name, (SELECT count(*) FROM entity AS other WHERE other.name = mine.name AND other.scope IN (SELECT value FROM json_each(?))) AS naming
     FROM (SELECT DISTINCT name FROM entity WHERE episode IN (SELECT value FROM json_each(?))) AS mine`,
    within,
    from,
  );
  const useful = named.filter(({ naming }) => naming <= mostNaming);
  const weights = new Map(useful.map(({ name, naming }) => [name, toWeight(scopes.episodes, naming)]));
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const rows = database.rows<SharedRow>(
    "SELECT episode, name, 0 AS naming FROM entity WHERE scope IN (SELECT value FROM json_each(?)) AND name IN (SELECT value FROM json_each(?)) AND episode NOT IN (SELECT value FROM json_each(?))",
    within,
    JSON.stringify([...weights.keys()]),
    from,
  );
  const ties = new Map<number, Tie>();
  for (const { episode, name } of rows) {
    const tie = ties.get(episode) ?? { names: [], weight: 0 };
    tie.names.push(name);
    tie.weight += weights.get(name) ?? 0;
    ties.set(episode, tie);
  }
  return new Map([...ties].map(([episode, { names, weight }]) => [episode, { names, strength: total === 0 ? 0 : Math.min(1, weight / total) }]));
}

/** What shares people, places or things with these ids, the nearest first. */
export function findNeighbours(database: Database, ids: readonly string[], { scopes, limit }: { readonly scopes: readonly ScopeReference[]; readonly limit: number }): readonly MemoryNeighbour[] {
  const known = findScopes(database, scopes);
  const seqs = ids.flatMap((id) => database.get<{ seq: number }>("SELECT seq FROM episode WHERE id = ?", id)?.seq ?? []);
  const ties = findTies(database, seqs, known);
  const rows = readEpisodes(database, [...ties.keys()]);
  const neighbours = [...ties].flatMap(([seq, { names, strength }]) => {
    const row = rows.get(seq);
    return row === undefined || row.standing === "retired" || strength === 0 ? [] : { seq, neighbour: { episode: toEpisode(row), strength, shared: names.toSorted() } };
  });
  return neighbours
    .sort((left, right) => right.neighbour.strength - left.neighbour.strength || right.neighbour.episode.at - left.neighbour.episode.at || right.seq - left.seq)
    .slice(0, Math.max(0, Math.floor(limit)))
    .map(({ neighbour }) => neighbour);
}

/** Goes on from the best of what was found to what shares things with it, which then stands as candidates too, or higher than before. */
export function toHopped(database: Database, found: readonly Candidate[], scopes: KnownScopes, hops: number): readonly Candidate[] {
  const all = new Map(found.map((each) => [each.seq, each]));
  let starts = found.toSorted((left, right) => right.similarity - left.similarity).slice(0, hopStarts);
  for (let hop = 0; hop < hops && starts.length > 0; hop++) {
    const reached: Candidate[] = [];
    for (const start of starts) {
      const ties = findTies(database, [start.seq], scopes);
      const known = readCandidates(database, [...ties.keys()]);
      for (const each of known) {
        const similarity = start.similarity * hopLoss * (ties.get(each.seq)?.strength ?? 0);
        const before = all.get(each.seq);
        if (before !== undefined && before.similarity >= similarity) continue;
        const candidate = { ...each, similarity };
        all.set(each.seq, candidate);
        reached.push(candidate);
      }
    }
    starts = reached.sort((left, right) => right.similarity - left.similarity).slice(0, hopStarts);
  }
  return [...all.values()];
}

function readCandidates(database: Database, seqs: readonly number[]): readonly Candidate[] {
  const rows = database.rows<{ seq: number; kind: string; at: number; q: number; uses: number }>("SELECT seq, kind, at, q, uses FROM episode WHERE standing <> 'retired' AND seq IN (SELECT value FROM json_each(?)) ORDER BY seq", JSON.stringify(seqs));
  return rows.map(({ kind, ...row }) => ({ ...row, isExperience: kind === "episode", similarity: 0 }));
}
