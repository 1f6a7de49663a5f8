import type { Episode, Host, Memory, NewEpisode, OmniModule, RecalledEpisode, RecallOptions, RootedFiles, ScopeReference } from "@omni/core";
import { OmniError } from "@omni/core";
import { toSimilarity } from "./file-memory/similarity.ts";

/** An episode with the text beside it, which helps to find it. */
type Kept = Episode & Pick<NewEpisode, "previous" | "next">;

/** What the file holds. */
interface Records {
  readonly episodes: readonly Kept[];
  /** Turns that were counted. */
  readonly turns: readonly string[];
}

const file = "file-memory.json";

/** Makes a memory that is one file, read whole and written whole. Good for hundreds of texts. */
export function createFileMemory(_options: unknown, host: Pick<Host, "files" | "paths" | "clock" | "random">): Memory {
  const files = host.files.within(host.paths.state);
  let last: Promise<unknown> = Promise.resolve();
  /** Changes run one after another, and each resolves once its file is written. */
  const change = <Result>(body: (records: Records) => readonly [Records, Result]): Promise<Result> => {
    const done = last.then(async () => {
      const [records, result] = body(await load(files));
      await files.write(file, JSON.stringify(records));
      return result;
    });
    last = done.catch(() => undefined);
    return done;
  };
  return {
    async store(given) {
      const episode = toEpisode(given, host);
      return change(({ episodes, turns }) => [{ turns, episodes: episodes.some(({ id }) => id === episode.id) ? episodes : [...episodes, episode] }, episode.id]);
    },
    async recall(query, options) {
      return recall(inScopes(await load(files), options.scopes), query, options);
    },
    reinforce: ({ turnId, ids, reward }) =>
      change(({ episodes, turns }) => {
        if (turns.includes(turnId)) return [{ episodes, turns }, undefined];
        return [{ episodes: episodes.map((each) => (ids.includes(each.id) ? learn(each, reward, host.clock.now()) : each)), turns: [...turns, turnId].slice(-1_000) }, undefined];
      }),
    forget: (ids) =>
      change(({ episodes, turns }) => {
        const gone = episodes.filter(({ id }) => ids.includes(id));
        // Beside another it stands as a line, its white space folded, and perhaps cut.
        const repeats = (beside = ""): boolean => beside.split("\n").some((line) => line !== "" && gone.some(({ text }) => text.replaceAll(/\s+/g, " ").startsWith(line)));
        const kept = episodes.filter((each) => !gone.includes(each)).map((each) => (repeats(each.previous) || repeats(each.next) ? toShown(each) : each));
        return [{ episodes: kept, turns }, gone.length];
      }),
    list: async ({ scopes, limit, offset = 0, standing = "kept" }) => (standing === "kept" ? inScopes(await load(files), scopes).slice(offset, offset + limit).map(toShown) : []),
    stats: async () => ({ episodes: (await load(files)).episodes.length, embedder: null }),
    close: async () => void (await last),
  };
}

async function load(files: RootedFiles): Promise<Records> {
  if ((await files.stat(file)) === undefined) return { episodes: [], turns: [] };
  try {
    const records: Records = JSON.parse(new TextDecoder().decode(await files.read(file)));
    return records;
  } catch (error) {
    throw new OmniError("memory.failed", `${files.root}/${file} cannot be read. It was left as it is; mend it or move it away.`, { cause: error });
  }
}

function toEpisode(given: NewEpisode, { clock, random }: Pick<Host, "clock" | "random">): Kept {
  const { id = random.id(), intent = "", experience = "", outcome = "" } = given;
  const text = given.text ?? [intent, experience, outcome].join("\n");
  if (text.trim() === "") throw new OmniError("memory.failed", "There is nothing to remember: give a text.");
  const at = Number.isFinite(given.at) ? given.at : clock.now();
  return { ...given, id, text, intent, experience, outcome, at, q: 0.5, uses: 0, successes: 0, failures: 0, createdAt: clock.now(), lastUsedAt: 0 };
}

function recall(episodes: readonly Kept[], query: string, { limit, floor = 0.3 }: RecallOptions): readonly RecalledEpisode[] {
  return episodes
    .map((episode) => {
      const similarity = toSimilarity(query, [episode.text, episode.previous, episode.next].join(" "));
      const utility = episode.kind === "fact" ? 0.5 : episode.q;
      return { episode: toShown(episode), similarity, utility, score: (similarity + utility) / 2 };
    })
    .filter(({ similarity }) => similarity > 0 && similarity >= floor)
    .sort((left, right) => right.score - left.score)
    .slice(0, Math.max(0, limit));
}

function learn(episode: Kept, reward: number, now: number): Kept {
  const { q, uses, successes, failures } = episode;
  return { ...episode, q: q + 0.2 * (reward - q), uses: uses + 1, successes: successes + Number(reward > 0.5), failures: failures + Number(reward < 0.5), lastUsedAt: now };
}

/** The newest first. */
function inScopes({ episodes }: Records, scopes: readonly ScopeReference[]): readonly Kept[] {
  return episodes.filter((each) => scopes.some(({ scope, owner }) => scope === each.scope.scope && owner === each.scope.owner)).toSorted((left, right) => right.at - left.at);
}

function toShown({ previous: _previous, next: _next, ...episode }: Kept): Episode {
  return episode;
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"memory"> = {
  slot: "memory",
  name: "file",
  contract: 1,
  options: { jsonSchema: { type: "object", properties: {}, additionalProperties: false }, parse: (value) => value },
  create: createFileMemory,
};
