import type { ExportedEpisode } from "@omni/core";

/** Most characters of an id. */
const mostIdCharacters = 512;
/** Most characters of a memory's texts together, which memory-sqlite keeps. */
const mostCharacters = 4_000_000;
/** The furthest time from 1970 that has a date, in milliseconds: of ECMAScript's `Date`. */
const furthestTime = 8.64e15;
const kinds = ["episode", "passage", "fact"] as const;
const scopes = ["session", "user", "agent", "global"] as const;
const standings = ["kept", "retired", "promoted"] as const;

/** A line of an export. Throws an error whose message says what is wrong with it; what it has beside the form is left out. */
export function toExportedEpisode(line: string): ExportedEpisode {
  const episode = toFields(parse(line), "it");
  const source = toFields(episode.value("source"), "source");
  const scope = toFields(episode.value("scope"), "scope");
  const q = episode.number("q");
  if (q < 0 || q > 1) throw new Error("q is not from 0 to 1");
  const trusted = source.value("trusted");
  if (typeof trusted !== "boolean") throw new Error("source.trusted is neither true nor false");
  const text = episode.text("text");
  if (text.trim() === "") throw new Error("text is blank");
  const standing = episode.value("standing") === undefined ? undefined : episode.oneOf("standing", standings);
  const id = episode.text("id");
  if (id === "" || id.length > mostIdCharacters) throw new Error(`id has not 1 to ${mostIdCharacters} characters`);
  const said = { text, intent: episode.text("intent"), experience: episode.text("experience"), outcome: episode.text("outcome"), ...episode.texts(["speaker", "previous", "next"]) };
  const size = Object.values(said).reduce((sum, part) => sum + part.length, 0);
  if (size > mostCharacters) throw new Error(`its texts have ${size} characters, and ${mostCharacters} are the most`);
  return {
    id,
    kind: episode.oneOf("kind", kinds),
    ...said,
    q,
    uses: episode.count("uses"),
    successes: episode.count("successes"),
    failures: episode.count("failures"),
    at: episode.time("at"),
    createdAt: episode.time("createdAt"),
    lastUsedAt: episode.time("lastUsedAt"),
    source: { ...source.texts(["sessionId", "turnId"]), trusted },
    scope: { scope: scope.oneOf("scope", scopes), owner: scope.text("owner") },
    ...(standing === undefined ? {} : { standing }),
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`it is no JSON (${cause instanceof Error ? cause.message.slice(0, 200) : String(cause)})`, { cause });
  }
}

interface Fields {
  value(name: string): unknown;
  text(name: string): string;
  number(name: string): number;
  /** A whole number from 0. */
  count(name: string): number;
  /** Unix milliseconds that have a date. */
  time(name: string): number;
  oneOf<Name extends string>(name: string, names: readonly Name[]): Name;
  /** Those of the names that are there. */
  texts<Name extends string>(names: readonly Name[]): Partial<Record<Name, string>>;
}

function toFields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${what} is no object`);
  const read = (name: string): unknown => (Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined);
  const text = (name: string): string => {
    const field = read(name);
    if (typeof field !== "string") throw new Error(`${name} is no text`);
    return field;
  };
  const number = (name: string): number => {
    const field = read(name);
    if (typeof field !== "number" || !Number.isFinite(field)) throw new Error(`${name} is no number`);
    return field;
  };
  return {
    value: read,
    text,
    number,
    count(name) {
      const count = number(name);
      if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${name} is no whole number from 0`);
      return count;
    },
    time(name) {
      const at = number(name);
      if (Math.abs(at) > furthestTime) throw new Error(`${name} has no date`);
      return at;
    },
    oneOf(name, names) {
      const found = names.find((each) => each === read(name));
      if (found === undefined) throw new Error(`${name} is none of ${names.join(", ")}`);
      return found;
    },
    texts<Name extends string>(names: readonly Name[]): Partial<Record<Name, string>> {
      const found: Partial<Record<Name, string>> = {};
      for (const name of names) if (read(name) !== undefined) found[name] = text(name);
      return found;
    },
  };
}
