import type { MemoryScope, MemoryStanding, NewEpisode } from "@omni/core";
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

/** Kinds there are, and scopes. */
export const kinds: readonly unknown[] = ["episode", "passage", "fact"] satisfies readonly NewEpisode["kind"][];
export const scopeNames: readonly unknown[] = ["session", "user", "agent", "global"] satisfies readonly MemoryScope[];

/** Most characters of one episode, and of an id. */
const mostCharacters = 4_000_000;
const mostIdCharacters = 512;

/** The furthest time from 1970 that has a date, in milliseconds: of ECMAScript's `Date`. */
const furthestTime = 8.64e15;

/** True for a time that has a date. */
export function isTime(at: unknown): at is number {
  return typeof at === "number" && Math.abs(at) <= furthestTime;
}

/** An episode whose parts are checked. */
export interface CheckedArrival extends Arrival {
  readonly parts: { readonly text: string; readonly intent: string; readonly experience: string; readonly outcome: string };
  readonly at: number;
}

/** Checks a new episode; throws `memory.failed` for one that is not of the form, without words or with too many. */
export function checkArrival(arrival: Arrival): CheckedArrival {
  const fault = toFault(arrival);
  if (fault !== undefined) throw new OmniError("memory.failed", `This cannot be remembered: ${fault}.`);
  const { intent = "", experience = "", outcome = "", speaker, previous, next, ...episode } = arrival.episode;
  const text = episode.text ?? [intent, experience, outcome].filter((part) => part !== "").join("\n");
  if (text.trim() === "") throw new OmniError("memory.failed", "There is nothing to remember: give the episode a text.");
  const size = [text, intent, experience, outcome, speaker, previous, next].reduce((sum, part) => sum + (part?.length ?? 0), 0);
  if (size > mostCharacters) throw new OmniError("memory.failed", `An episode of ${size} characters is too long to remember, the most is ${mostCharacters}: store it in parts.`);
  return { ...arrival, parts: { text, intent, experience, outcome }, at: isTime(episode.at) ? episode.at : arrival.now };
}

/** What is wrong with the form of an episode, which may come from where no types are checked; undefined where nothing is. */
function toFault({ id, episode }: Arrival): string | undefined {
  if (typeof episode !== "object" || episode === null) return "it is no episode";
  const { kind, scope, source, text, intent, experience, outcome, speaker, previous, next } = episode;
  const texts = Object.entries({ text, intent, experience, outcome, speaker, previous, next, "source.sessionId": source?.sessionId, "source.turnId": source?.turnId });
  const wrong = texts.find(([, value]) => value !== undefined && typeof value !== "string");
  if (wrong !== undefined) return `${wrong[0]} is no text`;
  if (typeof id !== "string" || id === "" || id.length > mostIdCharacters) return `the id must be a text of 1 to ${mostIdCharacters} characters`;
  if (!kinds.includes(kind)) return `the kind must be one of ${kinds.join(", ")}`;
  if (!scopeNames.includes(scope?.scope)) return `scope.scope must be one of ${scopeNames.join(", ")}`;
  if (typeof scope.owner !== "string") return "scope.owner must be a text";
  return typeof source?.trusted === "boolean" ? undefined : "source.trusted must be true or false";
}
