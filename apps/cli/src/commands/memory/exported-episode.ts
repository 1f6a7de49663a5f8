import type { ExportedEpisode } from "@omni/core";

/** Most characters of an id. */
const mostIdCharacters = 512;
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
  return {
    id,
    kind: episode.oneOf("kind", kinds),
    text,
    intent: episode.text("intent"),
    experience: episode.text("experience"),
    outcome: episode.text("outcome"),
    ...episode.texts(["speaker", "previous", "next"]),
    q,
    uses: episode.number("uses"),
    successes: episode.number("successes"),
    failures: episode.number("failures"),
    at: episode.number("at"),
    createdAt: episode.number("createdAt"),
    lastUsedAt: episode.number("lastUsedAt"),
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
  return {
    value: read,
    text,
    number(name) {
      const field = read(name);
      if (typeof field !== "number" || !Number.isFinite(field)) throw new Error(`${name} is no number`);
      return field;
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
