import type { Episode, NewEpisode, ScopeReference } from "@omni/core";
import { OmniError } from "@omni/core";

/** An episode with the text beside it, which helps to find it and is not shown. */
export interface StoredEpisode extends Episode {
  readonly previous?: string;
  readonly next?: string;
}

/** Most characters of one episode; every write of the file carries all of them. */
const mostCharacters = 1_000_000;

/** The furthest time from 1970 that has a date, in milliseconds: of ECMAScript's `Date`. */
const furthestTime = 8.64e15;

/** True for a time that has a date. */
export function isTime(at: unknown): at is number {
  return typeof at === "number" && Math.abs(at) <= furthestTime;
}

/** A new episode as it is kept. Throws `memory.failed` for one without words or with too many. */
export function toStoredEpisode(episode: NewEpisode, id: string, now: number): StoredEpisode {
  const { kind, intent = "", experience = "", outcome = "", speaker, previous, next, source, scope } = episode;
  const text = episode.text ?? [intent, experience, outcome].filter((part) => part !== "").join("\n");
  if (text.trim() === "") throw new OmniError("memory.failed", "There is nothing to remember: give the episode a text.");
  const size = [text, intent, experience, outcome, speaker, previous, next].reduce((sum, part) => sum + (part?.length ?? 0), 0);
  if (size > mostCharacters) {
    throw new OmniError("memory.failed", `An episode of ${size} characters is too long to remember, the most is ${mostCharacters}: store it in parts.`);
  }
  return {
    id,
    kind,
    text,
    intent,
    experience,
    outcome,
    ...(speaker === undefined ? {} : { speaker }),
    ...(previous === undefined ? {} : { previous }),
    ...(next === undefined ? {} : { next }),
    q: 0.5,
    uses: 0,
    successes: 0,
    failures: 0,
    at: isTime(episode.at) ? episode.at : now,
    createdAt: now,
    lastUsedAt: now,
    source,
    scope,
  };
}

/** What is shown of it. */
export function toEpisode({ previous: _previous, next: _next, ...episode }: StoredEpisode): Episode {
  return episode;
}

/** True where the episode lies in one of the scopes. */
export function isInScope(episode: Episode, scopes: readonly ScopeReference[]): boolean {
  return scopes.some(({ scope, owner }) => scope === episode.scope.scope && owner === episode.scope.owner);
}

/**
 * The episode after an outcome: q moves by `rate` times what the reward
 * differs from it. An outcome above one half is a success, below it a failure.
 */
export function toReinforced(episode: StoredEpisode, reward: number, rate: number, now: number): StoredEpisode {
  const { q, uses, successes, failures } = episode;
  return {
    ...episode,
    q: Math.min(1, Math.max(0, q + rate * (reward - q))),
    uses: uses + 1,
    successes: successes + (reward > 0.5 ? 1 : 0),
    failures: failures + (reward < 0.5 ? 1 : 0),
    lastUsedAt: now,
  };
}
