import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** It has none. */
export type StaticEmbedderOptions = Readonly<Record<never, never>>;

/** Schema and parser of the options; `parse` throws `config.invalid` for what is no object. */
export const staticEmbedderOptions: OptionsSchema<StaticEmbedderOptions> = {
  jsonSchema: { type: "object", additionalProperties: false, properties: {} },
  parse(value = {}) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new OmniError("config.invalid", "embedder.with: the options are not an object; leave them out, the static embedder has none.");
    return {};
  },
};
