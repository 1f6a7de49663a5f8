import type { JsonSchema, OmniModule, SlotName } from "@omni/core";
import { OmniError } from "@omni/core";

/** A module of any slot that makes nothing; its schema is the test's own. */
export function createFakeModule(slot: SlotName, name: string, jsonSchema: JsonSchema = { type: "object" }): OmniModule<SlotName> {
  return {
    slot,
    name,
    contract: 1,
    options: {
      jsonSchema,
      parse(value) {
        if (typeof value === "object" && value !== null && "refuse" in value) throw new OmniError("config.invalid", "refuse: the parser refuses it");
        return value;
      },
    },
    create: () => Promise.reject(new Error("nothing is made")),
  };
}
