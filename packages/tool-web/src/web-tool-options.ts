import type { JsonSchema, OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";
import type { EngineOptions } from "./engine-options.ts";
import { defaultEngines, engineSchema, toEngineOptions } from "./engine-options.ts";

/** Bounds of the web tools, and where they search. Every number is a whole number of at least 1. */
export interface WebToolOptions {
  /** Bytes of a page that `web.fetch` reads when the call says nothing. */
  readonly pageBytes: number;
  /** Most bytes a call may ask for. */
  readonly mostPageBytes: number;
  /** Largest picture, in bytes, that `web.fetch` shows. */
  readonly imageBytes: number;
  /** Most characters of text one `web.fetch` gives. */
  readonly textCharacters: number;
  /** Milliseconds one fetch may take, redirects and body included. */
  readonly timeoutMs: number;
  /** Milliseconds that finding the main article of a page may take, after which the page is shown whole. It blocks the process meanwhile. */
  readonly articleTimeoutMs: number;
  /** Milliseconds one engine may take for a search. */
  readonly searchTimeoutMs: number;
  /** Results of a search when the call says nothing; at most 20. */
  readonly results: number;
  /** What the tools call themselves at other sites. */
  readonly userAgent: string;
  /** Where to search, in this order: the next engine is asked when one fails or finds nothing. */
  readonly engines: readonly EngineOptions[];
}

/** Most results of one search. */
export const mostResults = 20;

const defaults: WebToolOptions = {
  pageBytes: 2_097_152,
  mostPageBytes: 16_777_216,
  imageBytes: 4_000_000,
  textCharacters: 200_000,
  timeoutMs: 30_000,
  articleTimeoutMs: 1_000,
  searchTimeoutMs: 10_000,
  results: 8,
  userAgent: "Mozilla/5.0 (compatible; Omni)",
  engines: defaultEngines,
};

type NumberName = Exclude<keyof WebToolOptions, "userAgent" | "engines">;

const numbers: Readonly<Record<NumberName, string>> = {
  pageBytes: "Bytes of a page that web.fetch reads when the call says nothing.",
  mostPageBytes: "Most bytes of a page a call may ask for.",
  imageBytes: "Largest picture, in bytes, that web.fetch shows.",
  textCharacters: "Most characters of text one web.fetch gives.",
  timeoutMs: "Milliseconds one fetch may take.",
  articleTimeoutMs: "Milliseconds that finding the main article of a page may take.",
  searchTimeoutMs: "Milliseconds one engine may take for a search.",
  results: "Results of a search when the call says nothing; at most 20.",
};

/** Options of the web tools; all have defaults. `parse` throws `config.invalid` for a number that is no whole number of at least 1, and for an engine that is unknown or lacks what it needs. */
export const webToolOptions: OptionsSchema<WebToolOptions> = {
  jsonSchema: {
    type: "object",
    properties: {
      ...Object.fromEntries(numberNames().map((name): [string, JsonSchema] => [name, toNumberSchema(name)])),
      userAgent: { type: "string", minLength: 1, default: defaults.userAgent, description: "What the tools call themselves at other sites." },
      engines: { type: "array", minItems: 1, items: engineSchema, description: "Where to search, in order; the next is asked when one fails or finds nothing. Default: duckduckgo." },
    },
    additionalProperties: false,
  },
  parse(value) {
    const given = value ?? {};
    if (typeof given !== "object" || Array.isArray(given)) throw new OmniError("config.invalid", "The options of tool web are no object; write { } for the defaults.");
    const options: Readonly<Record<string, unknown>> = { ...given };
    const parsed: Record<NumberName, number> = { ...defaults };
    for (const name of numberNames()) if (options[name] !== undefined) parsed[name] = toNumber(name, options[name]);
    const userAgent = options["userAgent"] ?? defaults.userAgent;
    // The characters a header may hold.
    if (typeof userAgent !== "string" || !/^[\x20-\x7e]+$/.test(userAgent)) throw new OmniError("config.invalid", "Option userAgent of tool web must be a text of plain ASCII characters.");
    return { ...parsed, userAgent, engines: options["engines"] === undefined ? defaultEngines : toEngineOptions(options["engines"]) };
  },
};

function numberNames(): readonly NumberName[] {
  return Object.keys(numbers).filter((name): name is NumberName => name in numbers);
}

function toNumberSchema(name: NumberName): JsonSchema {
  return { type: "integer", minimum: 1, ...(name === "results" ? { maximum: mostResults } : {}), default: defaults[name], description: numbers[name] };
}

function toNumber(name: NumberName, value: unknown): number {
  const most = name === "results" ? mostResults : Number.MAX_SAFE_INTEGER;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw new OmniError("config.invalid", `Option ${name} of tool web is ${JSON.stringify(value)}; it must be a whole number of at least 1${name === "results" ? ` and at most ${mostResults}` : ""}.`);
}
