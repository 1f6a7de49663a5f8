import type { MemoryStanding, NewEpisode } from "@omni/core";
import { OmniError } from "@omni/core";

/** A new episode with its id and the numbers it begins with. */
export interface Arrival {
  readonly episode: NewEpisode;
  readonly id: string;
  readonly now: number;
  /** What was learned elsewhere, for one that is taken in. */
  readonly learned?: {
    readonly q: number;
    readonly uses: number;
    readonly successes: number;
    readonly failures: number;
    readonly createdAt: number;
    readonly lastUsedAt: number;
    readonly standing: MemoryStanding;
  };
}

/** Most characters of one episode. */
const mostCharacters = 4_000_000;

/** An episode whose parts are checked. */
export interface CheckedArrival extends Arrival {
  readonly parts: { readonly text: string; readonly intent: string; readonly experience: string; readonly outcome: string };
  readonly at: number;
}

/** Checks a new episode; throws `memory.failed` for one without words or with too many. */
export function checkArrival(arrival: Arrival): CheckedArrival {
  const { intent = "", experience = "", outcome = "", speaker, previous, next, ...episode } = arrival.episode;
  const text = episode.text ?? [intent, experience, outcome].filter((part) => part !== "").join("\n");
  if (text.trim() === "") throw new OmniError("memory.failed", "There is nothing to remember: give the episode a text.");
  const size = [text, intent, experience, outcome, speaker, previous, next].reduce((sum, part) => sum + (part?.length ?? 0), 0);
  if (size > mostCharacters) throw new OmniError("memory.failed", `An episode of ${size} characters is too long to remember, the most is ${mostCharacters}: store it in parts.`);
  return { ...arrival, parts: { text, intent, experience, outcome }, at: Number.isFinite(episode.at) ? episode.at : arrival.now };
}
