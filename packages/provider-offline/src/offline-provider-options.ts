import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** The offline provider has no options. */
export type OfflineProviderOptions = Readonly<Record<never, never>>;

/** Takes nothing or an object; `parse` throws `config.invalid` for anything else. */
export const offlineProviderOptions: OptionsSchema<OfflineProviderOptions> = {
  jsonSchema: { type: "object", properties: {}, additionalProperties: false },
  parse(value) {
    const given = value ?? {};
    if (typeof given !== "object" || Array.isArray(given)) throw new OmniError("config.invalid", "The options of provider offline are no object; it has none, so leave `with` out.");
    return {};
  },
};
