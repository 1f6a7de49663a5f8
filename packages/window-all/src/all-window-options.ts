import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** There is nothing to set. */
export type AllWindowOptions = Readonly<Record<string, never>>;

/** Schema and parser of the options: an empty object. */
export const allWindowOptions: OptionsSchema<AllWindowOptions> = {
  jsonSchema: { type: "object", additionalProperties: false, properties: {} },
  parse(value) {
    if (value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value))) return {};
    throw new OmniError("config.invalid", "window.with: the options are not an object; leave them out.");
  },
};
