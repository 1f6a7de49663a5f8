import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";
import { defaultModelId, isShortening, toKnownDimensions } from "./known-models.ts";

/** Where the model is, and how it is asked. */
export interface OpenAIEmbedderOptions {
  /** Where the API begins, often ending in `/v1`; OpenAI's own where absent. */
  readonly baseUrl?: string;
  /** Sent as a bearer token; without one no `Authorization` header is sent. */
  readonly apiKey?: string;
  readonly model: string;
  /** Numbers of a vector. Known of some models, else it must be given: it is stored with every vector. */
  readonly dimensions: number;
  /** True where the endpoint is asked for vectors of `dimensions` numbers; false where the model always gives that many. */
  readonly shorten: boolean;
  /** Language codes of BCP 47 that the model knows; empty means any. */
  readonly languages: readonly string[];
  /** Sent with every request, over the embedder's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Most texts of one request. */
  readonly batchSize: number;
  /** Characters of a text that are embedded; the rest of a longer one does not count. */
  readonly textCharacters: number;
  /** Time of one try, in milliseconds. */
  readonly timeoutMs: number;
  /** How often a failed request is made again. */
  readonly maxRetries: number;
}

/**
 * 64 texts are a request of a few hundred kilobytes, which every server takes
 * (OpenAI takes 2,048). 8,000 characters are at most 8,000 tokens in any
 * language, within the 8,192 of OpenAI's models. A local model on a processor
 * may take a minute for a full batch.
 */
const defaults = { batchSize: 64, textCharacters: 8_000, timeoutMs: 60_000, maxRetries: 2 };

const bounds: Readonly<Record<keyof typeof defaults, readonly [least: number, most: number]>> = { batchSize: [1, 2_048], textCharacters: [100, 1_000_000], timeoutMs: [1, 3_600_000], maxRetries: [0, 10] };

const mostDimensions = 65_536;

const count = (name: keyof typeof defaults, description: string): { readonly [key: string]: string | number } => ({ type: "integer", minimum: bounds[name][0], maximum: bounds[name][1], default: defaults[name], description });

/** Schema and parser of the options. An empty `baseUrl`, `apiKey` or `model` counts as absent, so that an unset variable does no harm. */
export const openAIEmbedderOptions: OptionsSchema<OpenAIEmbedderOptions> = {
  jsonSchema: {
    type: "object",
    additionalProperties: false,
    properties: {
      baseUrl: { type: "string", description: "Where the API begins, often ending in /v1; OpenAI's own by default." },
      apiKey: { type: "string", description: "Sent as a bearer token. Better a reference, ${OPENAI_API_KEY}, than the key itself." },
      model: { type: "string", default: defaultModelId, description: "The model's id." },
      dimensions: { type: "integer", minimum: 1, maximum: mostDimensions, description: "Numbers of a vector; needed for models that are not known." },
      shorten: { type: "boolean", description: "Ask the endpoint for vectors of that many numbers." },
      languages: { type: "array", items: { type: "string" }, default: [], description: "Language codes that the model knows; none means any." },
      headers: { type: "object", additionalProperties: { type: "string" }, description: "Sent with every request." },
      batchSize: count("batchSize", "Most texts of one request."),
      textCharacters: count("textCharacters", "Characters of a text that are embedded."),
      timeoutMs: count("timeoutMs", "Milliseconds of one try."),
      maxRetries: count("maxRetries", "How often a failed request is made again."),
    },
  },
  parse(value) {
    const given = toRecord("", value);
    const baseUrl = toBaseUrl(given.baseUrl);
    const apiKey = toText("apiKey", given.apiKey);
    return {
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...toModel(given),
      languages: toLanguages(given.languages),
      headers: toHeaders(given.headers),
      batchSize: toCount("batchSize", given.batchSize, bounds.batchSize) ?? defaults.batchSize,
      textCharacters: toCount("textCharacters", given.textCharacters, bounds.textCharacters) ?? defaults.textCharacters,
      timeoutMs: toCount("timeoutMs", given.timeoutMs, bounds.timeoutMs) ?? defaults.timeoutMs,
      maxRetries: toCount("maxRetries", given.maxRetries, bounds.maxRetries) ?? defaults.maxRetries,
    };
  },
};

type Given = Readonly<Record<string, unknown>>;

function toModel(given: Given): Pick<OpenAIEmbedderOptions, "model" | "dimensions" | "shorten"> {
  const model = toText("model", given.model) ?? defaultModelId;
  const known = toKnownDimensions(model);
  const dimensions = toCount("dimensions", given.dimensions, [1, mostDimensions]) ?? known;
  if (dimensions === undefined) throw invalid(`dimensions is missing: how many numbers a vector of ${JSON.stringify(model)} has is not known here; the model's own page says it`);
  const shorten = given.shorten ?? (isShortening(model) && dimensions !== known);
  if (typeof shorten !== "boolean") throw invalid("shorten must be true or false");
  return { model, dimensions, shorten };
}

function toRecord(name: string, value: unknown): Given {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(name === "" ? "the options are not an object" : `${name} must be an object`);
  return { ...value };
}

function toText(name: string, value: unknown): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "string") throw invalid(`${name} must be a text`);
  if (/[\u0000-\u001f\u007f]/.test(value)) throw invalid(`${name} holds a line break or another control character; remove it`);
  return value;
}

function toBaseUrl(value: unknown): string | undefined {
  const text = toText("baseUrl", value)?.trim();
  if (text === undefined || text === "") return undefined;
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) throw invalid("baseUrl must be an address that begins with http:// or https://, such as http://127.0.0.1:11434/v1");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw invalid("baseUrl holds a name or password; put the key into apiKey or headers");
  return text.replace(/\/+$/, "");
}

function toHeaders(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(toRecord("headers", value)).map(([name, each]) => {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw invalid(`headers holds the name ${JSON.stringify(name)}, which HTTP does not allow`);
    return [name.toLowerCase(), toText(`headers.${name}`, each) ?? ""] as const;
  });
  return Object.fromEntries(entries);
}

function toLanguages(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid("languages must be a list of language codes, such as [\"en\"]");
  return value.map((each: unknown) => {
    if (typeof each !== "string" || !/^[a-z]{2,3}(?:-[a-z0-9]{1,8})*$/i.test(each)) throw invalid(`languages holds ${JSON.stringify(each)}, which is no language code such as en or zh-Hans`);
    return each;
  });
}

function toCount(name: string, value: unknown, [least, most]: readonly [number, number]): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(`${name} must be a whole number from ${least} to ${most}`);
}

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `embedder.with: ${what}.`);
}
