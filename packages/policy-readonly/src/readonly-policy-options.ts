import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** There is nothing to set: that is what it is for. */
export type ReadonlyPolicyOptions = Readonly<Record<string, never>>;

/** Schema and parser of the options: an empty object. What another policy left there has no effect. */
export const readonlyPolicyOptions: OptionsSchema<ReadonlyPolicyOptions> = {
  jsonSchema: { type: "object", additionalProperties: false, properties: {} },
  parse(value = {}) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return {};
    throw new OmniError("config.invalid", "policy.with: the options are not an object; leave them out.");
  },
};
