import type { Embedder, Episode, ExportedEpisode, GateDecision, Memory, MemoryNeighbour, RecalledEpisode, TendReport } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ArrayEpisode, ArrayRecords } from "./array-memory.ts";
import { createArrayMemory, createArrayRecords } from "./array-memory.ts";

/** What a memory with every ability keeps beside its episodes. */
export interface AbleArrayRecords extends ArrayRecords {
  /** The time, which the test moves, in milliseconds. */
  now: number;
  /** By id: until when decay was counted, and how many uses the gate has looked at. */
  readonly tended: Map<string, { readonly until: number; readonly uses: number }>;
  /** By id: whose vector it is, and the vector. */
  readonly vectors: Map<string, { readonly owner: string; readonly vector: Float32Array }>;
  /** By folder: what was copied there. */
  readonly copies: Map<string, AbleArrayRecords>;
}

/** Makes empty records. */
export function createAbleArrayRecords(): AbleArrayRecords {
  return { ...createArrayRecords(), now: 0, tended: new Map(), vectors: new Map(), copies: new Map() };
}

const halfLife = 90 * 86_400_000;

/** Makes an array memory that has every ability of the contract: it can be looked up, carried, tended, and has a graph and vectors. */
export function createAbleArrayMemory(records: AbleArrayRecords = createAbleArrayRecords(), embedder?: Embedder): Required<Memory> {
  const plain = createArrayMemory(records);
  const { episodes } = records;
  const isRetired = (id: string): boolean => episodes.some((each) => each.id === id && each.standing === "retired");
  const meaning = createMeaning(records, embedder);
  return {
    ...plain,
    async recall(query, options) {
      const found = (await plain.recall(query, { ...options, limit: Number.MAX_SAFE_INTEGER })).filter(({ episode }) => !isRetired(episode.id));
      const meant = await meaning.find(query, options, await plain.list({ scopes: options.scopes, limit: Number.MAX_SAFE_INTEGER }));
      const known = new Set(found.map(({ episode }) => episode.id));
      return [...found, ...meant.filter(({ episode }) => !known.has(episode.id) && !isRetired(episode.id))].slice(0, Math.max(0, options.limit));
    },
    async forget(ids) {
      for (const id of ids) records.vectors.delete(id);
      return plain.forget(ids);
    },
    async stats() {
      const count = (standing: Episode["standing"]): number => episodes.filter((each) => each.standing === standing).length;
      const kinds = { episode: 0, passage: 0, fact: 0 };
      for (const { kind } of episodes) kinds[kind] += 1;
      const vectors = meaning.count();
      return { episodes: episodes.length, embedder: embedder?.identity.model ?? null, kinds, retired: count("retired"), promoted: count("promoted"), vectors, pending: embedder === undefined ? 0 : episodes.length - vectors };
    },
    get: async (ids) => [...new Set(ids)].flatMap((id) => episodes.filter((each) => each.id === id)).map(toShown),
    neighbours: async (ids, options) => findNeighbours(episodes, ids, options),
    async reinforce(given) {
      if (!records.turns.has(given.turnId)) decay(records, ({ id }) => given.ids.includes(id));
      await plain.reinforce(given);
    },
    tend: async () => tend(records),
    scopes: async () => [...new Map(episodes.map(({ scope }) => [`${scope.scope} ${scope.owner}`, scope])).values()],
    async *export() {
      yield* [...episodes].sort((left, right) => left.at - right.at).map((each) => ({ ...each }));
    },
    async import(given) {
      let count = 0;
      for await (const each of given) count += takeIn(episodes, each) ? 1 : 0;
      return count;
    },
    ...createCopies(records),
  };
}

function createCopies(records: AbleArrayRecords): Required<Pick<Memory, "check" | "backup" | "restore">> {
  const { copies } = records;
  return {
    check: async () => ({ ok: true, detail: "nothing on a disk can be damaged" }),
    async backup(folder) {
      if (copies.has(folder)) throw new OmniError("memory.failed", `There is a copy in ${folder} already.`);
      copies.set(folder, { ...structuredClone({ ...records, copies: new Map() }), copies });
    },
    async restore(folder) {
      const copy = copies.get(folder);
      if (copy === undefined) throw new OmniError("memory.failed", `There is no copy in ${folder}.`);
      const { episodes, turns, tended, vectors } = structuredClone({ ...copy, copies: new Map() });
      records.episodes.splice(0, Infinity, ...episodes);
      for (const [own, theirs] of [[records.tended, tended], [records.vectors, vectors]] as const) refill(own, theirs);
      records.turns.clear();
      for (const turn of turns) records.turns.add(turn);
    },
  };
}

function refill(own: Map<string, unknown>, theirs: ReadonlyMap<string, unknown>): void {
  own.clear();
  for (const [key, value] of theirs) own.set(key, value);
}

function toShown({ previous: _previous, next: _next, ...episode }: ArrayEpisode): Episode {
  return episode;
}

function takeIn(episodes: ArrayEpisode[], given: ExportedEpisode): boolean {
  const { id, kind, text, q, uses, successes, failures, scope, source } = Object(given) as ExportedEpisode;
  const hasTexts = [id, text].every((part) => typeof part === "string") && ["episode", "passage", "fact"].includes(kind);
  const hasCounts = [uses, successes, failures].every((count) => Number.isSafeInteger(count) && count >= 0);
  const isWhole = hasTexts && hasCounts && typeof q === "number" && q >= 0 && q <= 1 && scope !== undefined && typeof source.trusted === "boolean";
  if (!isWhole) throw new OmniError("memory.failed", "This is no exported episode.");
  if (episodes.some((each) => each.id === id)) return false;
  episodes.push(given);
  return true;
}

function toNames(text: string): readonly string[] {
  return [...new Set(text.match(/(?<!^)\b\p{Lu}\p{L}+(?: \p{Lu}\p{L}+)*/gu))];
}

function findNeighbours(episodes: readonly ArrayEpisode[], ids: readonly string[], { scopes, limit }: Parameters<NonNullable<Memory["neighbours"]>>[1]): readonly MemoryNeighbour[] {
  const names = new Set(episodes.filter(({ id }) => ids.includes(id)).flatMap(({ text }) => toNames(text)));
  return episodes
    .filter(({ id, scope }) => !ids.includes(id) && scopes.some((each) => each.scope === scope.scope && each.owner === scope.owner))
    .map((episode) => ({ episode: toShown(episode), shared: toNames(episode.text).filter((name) => names.has(name)) }))
    .filter(({ shared }) => shared.length > 0)
    .map((each) => ({ ...each, strength: each.shared.length / names.size }))
    .sort((left, right) => right.strength - left.strength)
    .slice(0, Math.max(0, limit));
}

/** Lets the time until now take what it takes of those that are wanted; gives how many it took something of. */
function decay({ episodes, now, tended }: AbleArrayRecords, isWanted: (episode: ArrayEpisode) => boolean): number {
  let decayed = 0;
  for (const [index, each] of episodes.entries()) {
    if (!isWanted(each)) continue;
    const { until, uses } = tended.get(each.id) ?? { until: 0, uses: 0 };
    const q = 0.5 + (each.q - 0.5) * 0.5 ** ((now - until) / halfLife);
    if (q !== each.q) decayed += 1;
    episodes[index] = { ...each, q };
    tended.set(each.id, { until: now, uses });
  }
  return decayed;
}

function tend(records: AbleArrayRecords): TendReport {
  const { episodes, now, tended } = records;
  const decisions: GateDecision[] = [];
  const decayed = decay(records, () => true);
  for (const [index, each] of episodes.entries()) {
    const { uses = 0 } = tended.get(each.id) ?? {};
    const decision = each.kind === "episode" && each.uses > uses ? decide(each, now) : undefined;
    if (decision !== undefined) decisions.push(decision);
    const { standing = "kept" } = each;
    const next = decision === undefined ? standing : decision.decision === "retain" ? "kept" : decision.decision === "retire" ? "retired" : "promoted";
    episodes[index] = { ...each, ...(next === "kept" ? {} : { standing: next }) };
    tended.set(each.id, { until: now, uses: each.uses });
  }
  return { decayed, decisions };
}

function decide({ id, q, uses, successes, failures, source: { trusted } }: Episode, at: number): GateDecision {
  const decision = uses >= 5 && q < 0.25 ? "retire" : uses >= 5 && q > 0.75 && trusted ? "promote" : "retain";
  return { id, decision, reason: `its utility is ${q.toFixed(2)}`, q, uses, successes, failures, idle: 0, trusted, at };
}

interface Meaning {
  find(query: string, options: Parameters<Memory["recall"]>[1], listed: readonly Episode[]): Promise<readonly RecalledEpisode[]>;
  count(): number;
}

/** Embeds whatever has no vector of this embedder when something is recalled. */
function createMeaning({ episodes, vectors }: AbleArrayRecords, embedder: Embedder | undefined): Meaning {
  const owner = JSON.stringify(embedder?.identity);
  const embed = async (text: string): Promise<Float32Array | undefined> => {
    try {
      const [vector] = (await embedder?.embed([text], new AbortController().signal)) ?? [];
      return vector?.length === embedder?.identity.dimensions && vector?.every(Number.isFinite) ? vector : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    count: () => episodes.filter(({ id }) => vectors.get(id)?.owner === owner).length,
    async find(query, { floor = 0.3 }, listed) {
      const wanted = query.trim() === "" ? undefined : await embed(query);
      for (const { id, text } of episodes) {
        const vector = vectors.get(id)?.owner === owner ? undefined : await embed(text);
        if (vector !== undefined) vectors.set(id, { owner, vector });
      }
      if (wanted === undefined) return [];
      return listed.flatMap((episode) => {
        const known = vectors.get(episode.id);
        const similarity = known?.owner === owner ? known.vector.reduce((sum, value, index) => sum + value * (wanted[index] ?? 0), 0) : 0;
        return similarity > 0 && similarity >= floor ? { episode, similarity, utility: 0.5, score: (similarity + 0.5) / 2 } : [];
      });
    },
  };
}
