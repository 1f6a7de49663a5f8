import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** How hard a reasoning model thinks, in the endpoint's own words. */
export type ReasoningEffort = (typeof efforts)[number];

/** Deadlines of one attempt, in milliseconds. */
export interface OpenAITimeouts {
  /** Time to connect. `fetch` does not tell when the connection stands, so it counts together with `firstByteMs`. */
  readonly connectMs: number;
  /** From the connection to the first byte of the reply. */
  readonly firstByteMs: number;
  /** Longest silence between two pieces of a reply. */
  readonly idleMs: number;
}

/** Where the model is, and how it is asked. */
export interface OpenAIProviderOptions {
  /** Where the API begins, often ending in `/v1`; OpenAI's own where absent. */
  readonly baseUrl?: string;
  /** Sent as a bearer token; without one no `Authorization` header is sent. */
  readonly apiKey?: string;
  /** Used where a request names none. Where absent: `defaultModelId` at OpenAI, the first id of `/models` at a base URL. */
  readonly model?: string;
  /** Sent with every request, over the provider's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `OpenAI-Organization`. */
  readonly organization?: string;
  readonly timeouts: OpenAITimeouts;
  /** How often a failed call is asked again before anything of it was shown. */
  readonly maxRetries: number;
  /** Size of the model's context in tokens, where the endpoint does not say or says it wrong. */
  readonly contextTokens?: number;
  /** Most tokens of a reply, where a request does not say. */
  readonly maxOutputTokens?: number;
  readonly reasoningEffort?: ReasoningEffort;
}

/** OpenAI's own address, as its API reference gives it. */
export const openAIBaseUrl = "https://api.openai.com/v1";

/**
 * The model used at OpenAI where none is named: small, current, and taken by
 * `/chat/completions` with tools at its default effort (OpenAI's model page,
 * developers.openai.com/api/docs/models/gpt-5-mini). Its successors take tools
 * there only with effort `none`.
 */
export const defaultModelId = "gpt-5-mini";

/** Values of `reasoning_effort` in OpenAI's API reference. */
const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

/** 10 s is what undici gives a connection. A local model may read a long prompt for two minutes before its first word; a minute of silence within a reply is a stall. */
const defaultTimeouts: OpenAITimeouts = { connectMs: 10_000, firstByteMs: 120_000, idleMs: 60_000 };

/** Three tries in all: enough for a server that restarts, few enough that nobody waits for long. */
const defaultMaxRetries = 2;

const longestTimeoutMs = 3_600_000;
const milliseconds = { type: "integer", minimum: 1, maximum: longestTimeoutMs };
const tokens = { type: "integer", minimum: 1, maximum: 100_000_000 };
const word = { type: "string", minLength: 1 };

/** Schema and parser of the options. An empty `baseUrl`, `apiKey` or `model` counts as absent, so that an unset variable does no harm. */
export const openAIProviderOptions: OptionsSchema<OpenAIProviderOptions> = {
  jsonSchema: {
    type: "object",
    additionalProperties: false,
    properties: {
      baseUrl: { type: "string", description: "Where the API begins, often ending in /v1; OpenAI's own by default." },
      apiKey: { type: "string", description: "Sent as a bearer token. Better a reference, ${OPENAI_API_KEY}, than the key itself." },
      model: { type: "string", description: `The model's id; ${defaultModelId} at OpenAI, else the first one the endpoint lists.` },
      headers: { type: "object", additionalProperties: { type: "string" }, description: "Sent with every request." },
      organization: { ...word, description: "Sent as OpenAI-Organization." },
      timeouts: {
        type: "object",
        additionalProperties: false,
        properties: {
          connectMs: { ...milliseconds, default: defaultTimeouts.connectMs, description: "Milliseconds to connect; counts together with firstByteMs." },
          firstByteMs: { ...milliseconds, default: defaultTimeouts.firstByteMs, description: "Milliseconds from the connection to the first byte of a reply." },
          idleMs: { ...milliseconds, default: defaultTimeouts.idleMs, description: "Longest silence within a reply, in milliseconds." },
        },
      },
      maxRetries: { type: "integer", minimum: 0, maximum: 10, default: defaultMaxRetries, description: "How often a failed call is asked again before anything of it was shown." },
      contextTokens: { ...tokens, description: "Size of the model's context, where the endpoint does not say." },
      maxOutputTokens: { ...tokens, description: "Most tokens of a reply." },
      reasoningEffort: { type: "string", enum: [...efforts], description: "How hard a reasoning model thinks." },
    },
  },
  parse(value) {
    const given = toRecord("", value);
    const baseUrl = toBaseUrl(given.baseUrl);
    const apiKey = toText("apiKey", given.apiKey);
    const model = toText("model", given.model);
    const headers = toHeaders(given.headers);
    const organization = toText("organization", given.organization);
    const contextTokens = toCount("contextTokens", given.contextTokens, [1, tokens.maximum]);
    const maxOutputTokens = toCount("maxOutputTokens", given.maxOutputTokens, [1, tokens.maximum]);
    const reasoningEffort = toEffort(given.reasoningEffort);
    return {
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(model === undefined ? {} : { model }),
      ...(headers === undefined ? {} : { headers }),
      ...(organization === undefined ? {} : { organization }),
      timeouts: toTimeouts(given.timeouts),
      maxRetries: toCount("maxRetries", given.maxRetries, [0, 10]) ?? defaultMaxRetries,
      ...(contextTokens === undefined ? {} : { contextTokens }),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(reasoningEffort === undefined ? {} : { reasoningEffort }),
    };
  },
};

function toTimeouts(value: unknown): OpenAITimeouts {
  const given = toRecord("timeouts", value);
  const toTimeout = (name: keyof OpenAITimeouts): number => toCount(`timeouts.${name}`, given[name], [1, longestTimeoutMs]) ?? defaultTimeouts[name];
  return { connectMs: toTimeout("connectMs"), firstByteMs: toTimeout("firstByteMs"), idleMs: toTimeout("idleMs") };
}

function toRecord(name: string, value: unknown): Readonly<Record<string, unknown>> {
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
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) throw invalid(`baseUrl must be an address that begins with http:// or https://, such as http://127.0.0.1:11434/v1`);
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw invalid("baseUrl holds a name or password; put the key into apiKey or headers");
  return text.replace(/\/+$/, "");
}

function toHeaders(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  const entries = Object.entries(toRecord("headers", value)).map(([name, each]) => {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw invalid(`headers holds the name ${JSON.stringify(name)}, which HTTP does not allow`);
    return [name, toText(`headers.${name}`, each) ?? ""] as const;
  });
  return Object.fromEntries(entries);
}

function toCount(name: string, value: unknown, [least, most]: readonly [number, number]): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(`${name} must be a whole number from ${least} to ${most}`);
}

function toEffort(value: unknown): ReasoningEffort | undefined {
  if (value === undefined || value === "") return undefined;
  const found = efforts.find((each) => each === value);
  if (found === undefined) throw invalid(`reasoningEffort must be one of ${efforts.join(", ")}`);
  return found;
}

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `provider.with: ${what}.`);
}
