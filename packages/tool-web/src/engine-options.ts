import type { JsonSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** One engine as it is configured. */
export interface EngineOptions {
  readonly use: "duckduckgo" | "searxng" | "brave";
  /** Where the engine is reached, for the one that has no address of its own (`searxng`) or for a stand-in. It may be a private address. */
  readonly baseUrl?: string;
  /** What `brave` is paid with. */
  readonly apiKey?: string;
}

/** The engine that needs neither a key nor a server. */
export const defaultEngines: readonly EngineOptions[] = [{ use: "duckduckgo" }];

const names: readonly EngineOptions["use"][] = ["duckduckgo", "searxng", "brave"];

/** Describes one entry of option `engines`: a name, or a name with its settings. */
export const engineSchema: JsonSchema = {
  anyOf: [
    { type: "string", enum: [...names] },
    {
      type: "object",
      properties: {
        use: { type: "string", enum: [...names], description: "Which engine." },
        baseUrl: { type: "string", description: "Where it is reached. Needed by searxng; a private address is allowed." },
        apiKey: { type: "string", description: "Key of brave." },
      },
      required: ["use"],
      additionalProperties: false,
    },
  ],
};

/** Reads option `engines`. Throws `config.invalid` for what is no engine, and for one that lacks its address or key. */
export function toEngineOptions(value: unknown): readonly EngineOptions[] {
  if (!Array.isArray(value) || value.length === 0) throw new OmniError("config.invalid", `Option engines of tool web must be a list of at least one of ${names.join(", ")}.`);
  return value.map((each: unknown) => toEngine(typeof each === "string" ? { use: each } : each));
}

function toEngine(value: unknown): EngineOptions {
  const given: Readonly<Record<string, unknown>> = typeof value === "object" && value !== null ? { ...value } : {};
  const use = names.find((name) => name === given["use"]);
  if (use === undefined) throw new OmniError("config.invalid", `Option engines of tool web names ${JSON.stringify(given["use"] ?? value)}; it must be one of ${names.join(", ")}.`);
  const baseUrl = toText(use, "baseUrl", given["baseUrl"]);
  const apiKey = toText(use, "apiKey", given["apiKey"]);
  if (use === "searxng" && baseUrl === undefined) throw new OmniError("config.invalid", 'Engine searxng of tool web needs its address: { "use": "searxng", "baseUrl": "https://…" }.');
  if (use === "brave" && apiKey === undefined) throw new OmniError("config.invalid", 'Engine brave of tool web needs a key: { "use": "brave", "apiKey": "${BRAVE_API_KEY}" }.');
  const protocol = baseUrl === undefined ? "https:" : URL.parse(baseUrl)?.protocol;
  if (protocol !== "https:" && protocol !== "http:") throw new OmniError("config.invalid", `Option baseUrl of engine ${use} of tool web is no address; write it whole, with http:// or https://.`);
  return { use, ...(baseUrl === undefined ? {} : { baseUrl }), ...(apiKey === undefined ? {} : { apiKey }) };
}

function toText(use: string, name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return value?.trim();
  throw new OmniError("config.invalid", `Option ${name} of engine ${use} of tool web must be a text that is not empty.`);
}
