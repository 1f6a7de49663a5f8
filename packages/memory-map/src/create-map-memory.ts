import type { Episode, Host, Memory, RecalledEpisode, Reinforcement, ScopeReference } from "@omni/core";
import { OmniError } from "@omni/core";
import type { MapMemoryOptions } from "./map-memory-options.ts";
import type { MemoryFile } from "./memory-file.ts";
import type { TextWords } from "./similarity.ts";
import type { StoredEpisode } from "./stored-episode.ts";
import { createMemoryFile } from "./memory-file.ts";
import { createSimilarity } from "./similarity.ts";
import { fromExported } from "./from-exported.ts";
import { isInScope, toEpisode, toReinforced, toStoredEpisode } from "./stored-episode.ts";
import { toCompared, withoutTraces } from "./traces.ts";
import { toWords } from "./words.ts";

/** Most turns remembered as counted. A turn is reported when it ends and at recovery, so only the newest matter. */
const mostTurns = 10_000;

/** Makes the memory that keeps everything in a map and writes it whole to `memory-map.json` in the state folder. */
export function createMapMemory(options: MapMemoryOptions, host: Host): Memory {
  const file = createMemoryFile(host.files.within(host.paths.state));
  const toTextWords = createWordCache();
  let isClosed = false;
  const content: MemoryFile["content"] = async () => {
    if (isClosed) throw new OmniError("memory.failed", "The memory is closed; open it again to use it.");
    return file.content();
  };
  const inScope = async (scopes: readonly ScopeReference[]): Promise<readonly StoredEpisode[]> => {
    const { episodes } = await content();
    return [...episodes.values()].filter((episode) => isInScope(episode, scopes)).reverse();
  };
  return {
    async store(episode) {
      const id = episode.id ?? host.random.id();
      const stored = toStoredEpisode(episode, id, host.clock.now());
      const { episodes } = await content();
      if (!episodes.has(id)) {
        episodes.set(id, stored);
        file.changed();
      }
      await file.saved();
      return id;
    },
    async recall(query, { scopes, limit, floor = options.floor }) {
      const words = toWords(query);
      if (words.size === 0 || !(limit >= 1)) return [];
      const candidates = await inScope(scopes);
      const similarity = createSimilarity(candidates.map(toTextWords));
      const recalled = candidates.map((episode) => toRecalled(episode, similarity(words, toTextWords(episode)), options.utilityWeight));
      return recalled.filter((each) => each.similarity > 0 && each.similarity >= floor).sort(byScore).slice(0, Math.floor(limit));
    },
    reinforce: (reinforcement) => reinforce(reinforcement, content, file, { rate: options.learningRate, now: host.clock.now() }),
    async forget(ids) {
      const { episodes } = await content();
      const texts = ids.flatMap((id) => episodes.get(id)?.text ?? []).map(toCompared);
      const count = ids.filter((id) => episodes.delete(id)).length;
      if (count > 0) {
        for (const [id, episode] of episodes) episodes.set(id, withoutTraces(episode, texts));
        file.changed();
      }
      await file.saved();
      return count;
    },
    async list({ scopes, limit, offset = 0, standing }) {
      const found = await inScope(scopes);
      // There is no gate here; what another memory's gate made of an episode is taken in with it.
      const wanted = standing === undefined ? found : found.filter((episode) => (episode.standing ?? "kept") === standing);
      return wanted.toSorted(byTime).slice(offset, offset + Math.max(0, limit)).map(toEpisode);
    },
    ...createCarrying(content, file),
    stats: async () => ({ episodes: (await content()).episodes.size, embedder: null }),
    async close() {
      isClosed = true;
      await file.saved();
    },
  };
}

/** Looking up one by one, and carrying over. */
function createCarrying(content: MemoryFile["content"], file: MemoryFile): Pick<Memory, "get" | "scopes" | "export" | "import"> {
  return {
    async get(ids) {
      const { episodes } = await content();
      return [...new Set(ids)].flatMap((id) => episodes.get(id) ?? []).map(toEpisode);
    },
    async scopes() {
      const { episodes } = await content();
      return [...new Map([...episodes.values()].map(({ scope }) => [`${scope.scope} ${scope.owner}`, scope])).values()];
    },
    async *export() {
      yield* [...(await content()).episodes.values()];
    },
    async import(exported) {
      let count = 0;
      for await (const each of exported) {
        const stored = fromExported(each);
        const { episodes } = await content();
        if (episodes.has(stored.id)) continue;
        episodes.set(stored.id, stored);
        file.changed();
        count += 1;
      }
      await file.saved();
      return count;
    },
  };
}

/** Moves the utility of the ids that are known, once a turn. A turn that names none of them is not counted. */
async function reinforce({ turnId, ids, reward }: Reinforcement, content: MemoryFile["content"], file: MemoryFile, how: { readonly rate: number; readonly now: number }): Promise<void> {
  if (!(reward >= 0 && reward <= 1)) throw new OmniError("memory.failed", `A reward of ${reward} cannot be learned from: give a number from 0 to 1.`);
  const { episodes, turns } = await content();
  const known = [...new Set(ids)].flatMap((id) => episodes.get(id) ?? []);
  if (!turns.has(turnId) && known.length > 0) {
    for (const episode of known) episodes.set(episode.id, toReinforced(episode, reward, how.rate, how.now));
    turns.add(turnId);
    const [oldest] = turns;
    if (turns.size > mostTurns && oldest !== undefined) turns.delete(oldest);
    file.changed();
  }
  await file.saved();
}

/** What was said and what is so is as useful as it is similar; only experience is ordered by how it helped. */
function toRecalled(stored: StoredEpisode, similarity: number, utilityWeight: number): RecalledEpisode {
  const utility = stored.kind === "episode" ? stored.q : 0.5;
  return { episode: toEpisode(stored), similarity, utility, score: (1 - utilityWeight) * similarity + utilityWeight * utility };
}

function byScore(left: RecalledEpisode, right: RecalledEpisode): number {
  return right.score - left.score || byTime(left.episode, right.episode);
}

/** The newer first. The sort is stable and starts from the last stored, so that ties have one order. */
function byTime(left: Episode, right: Episode): number {
  return right.at - left.at;
}

/** Words are worked out once a text; an episode that is changed is a new object. */
function createWordCache(): (episode: StoredEpisode) => TextWords {
  const known = new WeakMap<StoredEpisode, TextWords>();
  return (episode) => {
    const { text, intent, experience, outcome, speaker = "", previous = "", next = "" } = episode;
    const words = known.get(episode) ?? { own: toWords([text, intent, experience, outcome, speaker].join("\n")), near: toWords(`${previous}\n${next}`) };
    known.set(episode, words);
    return words;
  };
}
