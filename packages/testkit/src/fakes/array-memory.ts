import type { Episode, Memory, ScopeReference } from "@omni/core";
import { OmniError } from "@omni/core";
import type { MemoryPlace } from "../memory.ts";

/** What an array memory keeps: it outlives the memory that filled it. */
export interface ArrayRecords {
  readonly episodes: ArrayEpisode[];
  /** Turns that were counted. */
  readonly turns: Set<string>;
  /** How many ids were made. */
  made: number;
}

/** An episode with the text beside it. */
export interface ArrayEpisode extends Episode {
  readonly previous?: string;
  readonly next?: string;
}

/** Makes empty records. */
export function createArrayRecords(): ArrayRecords {
  return { episodes: [], turns: new Set(), made: 0 };
}

/** A place whose memories share one set of records, as processes share a file. */
export function createArrayMemoryPlace(records: ArrayRecords = createArrayRecords()): MemoryPlace {
  return { open: async () => createArrayMemory(records), dispose: async () => undefined };
}

/** Makes a memory that looks at every record with every word. Half of the score is utility, except for facts. */
export function createArrayMemory(records: ArrayRecords = createArrayRecords()): Memory {
  const { episodes, turns } = records;
  const inScope = (scopes: readonly ScopeReference[]): readonly ArrayEpisode[] =>
    episodes.filter((each) => scopes.some(({ scope, owner }) => scope === each.scope.scope && owner === each.scope.owner)).sort((left, right) => right.at - left.at);
  return {
    async store({ id = `memory-${++records.made}`, ...given }) {
      const { intent = "", experience = "", outcome = "" } = given;
      const text = given.text ?? [intent, experience, outcome].join("\n");
      if (text.trim() === "") throw new OmniError("memory.failed", "There is nothing to remember: give a text.");
      const at = Number.isFinite(given.at) ? given.at : 0;
      if (episodes.every((each) => each.id !== id)) {
        episodes.push({ ...given, id, text, intent, experience, outcome, at, q: 0.5, uses: 0, successes: 0, failures: 0, createdAt: at, lastUsedAt: at });
      }
      return id;
    },
    async recall(query, { scopes, limit, floor = 0.3 }) {
      const words = toWords(query);
      return inScope(scopes)
        .map((episode) => {
          const known = toWords([episode.text, episode.intent, episode.outcome, episode.previous, episode.next].join(" "));
          const similarity = words.length === 0 ? 0 : words.filter((word) => known.includes(word)).length / words.length;
          const utility = episode.kind === "fact" ? 0.5 : episode.q;
          return { episode: toShown(episode), similarity, utility, score: (similarity + utility) / 2 };
        })
        .filter((each) => each.similarity > 0 && each.similarity >= floor)
        .sort((left, right) => right.score - left.score)
        .slice(0, Math.max(0, limit));
    },
    async reinforce({ turnId, ids, reward }) {
      const isKnown = turns.has(turnId);
      turns.add(turnId);
      for (const [index, each] of episodes.entries()) {
        if (isKnown || !ids.includes(each.id)) continue;
        const counts = { uses: each.uses + 1, successes: each.successes + Number(reward > 0.5), failures: each.failures + Number(reward < 0.5) };
        episodes[index] = { ...each, ...counts, q: each.q + 0.2 * (reward - each.q) };
      }
    },
    async forget(ids) {
      const gone = episodes.filter((each) => ids.includes(each.id));
      const kept = episodes.filter((each) => !ids.includes(each.id)).map((each) => (gone.some(({ text }) => repeats(each.previous, text) || repeats(each.next, text)) ? toShown(each) : each));
      episodes.splice(0, episodes.length, ...kept);
      return gone.length;
    },
    async list({ scopes, limit, offset = 0, standing }) {
      const found = inScope(scopes).filter((each) => standing === undefined || (each.standing ?? "kept") === standing);
      return found.slice(offset, offset + limit).map(toShown);
    },
    stats: async () => ({ episodes: episodes.length, embedder: null }),
    close: async () => undefined,
  };
}

function toShown({ previous: _previous, next: _next, ...episode }: ArrayEpisode): Episode {
  return episode;
}

/** True where a line beside an episode is the text, or how it begins, with its white space folded. */
function repeats(beside: string | undefined, text: string): boolean {
  const lines = beside?.split("\n").filter((line) => line !== "") ?? [];
  return lines.some((line) => text.replaceAll(/\s+/g, " ").startsWith(line));
}

/** Words of letters and numbers; of scripts without spaces each character. */
function toWords(text: string): readonly string[] {
  return [...new Set(text.toLowerCase().match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]|[\p{L}\p{N}]+/gu))];
}
