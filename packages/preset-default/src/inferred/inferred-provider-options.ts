import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** Most addresses that are asked. */
const mostAddresses = 8;

/** Where a model may be. */
export interface InferredProviderOptions {
  /** Origins, `http://127.0.0.1:8080`, the preferred one first; at most eight are asked. */
  readonly addresses: readonly string[];
  /** Used where a request names none; the first model of the list where absent. */
  readonly model?: string;
}

/** Schema and parser of the options. */
export const inferredProviderOptions: OptionsSchema<InferredProviderOptions> = {
  jsonSchema: {
    type: "object",
    additionalProperties: false,
    properties: {
      addresses: { type: "array", items: { type: "string", minLength: 1 }, description: "Origins that may have a model at /v1, the preferred one first." },
      model: { type: "string", description: "The model's id; the first one that is listed by default." },
    },
  },
  parse(value) {
    const given: Readonly<Record<string, unknown>> = typeof value === "object" && value !== null ? { ...value } : {};
    const { addresses = [], model } = given;
    if (!Array.isArray(addresses) || !addresses.every(isAddress)) throw invalid("addresses must be a list of addresses that begin with http:// or https://");
    if (model !== undefined && typeof model !== "string") throw invalid("model must be a text");
    const origins = new Set(addresses.map((address) => new URL(address).origin));
    return { addresses: [...origins].slice(0, mostAddresses), ...(model === undefined || model === "" ? {} : { model }) };
  },
};

function isAddress(value: unknown): value is string {
  return typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value);
}

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `provider.with: ${what}.`);
}
