import type { JsonObject, OmniModule, Provider } from "@omni/core";

const provider: Provider = {
  async *stream() {
    yield { type: "text-delta", text: "word " };
    yield { type: "finish", reason: "stop", usage: { inputTokens: 100, outputTokens: 1, reported: true } };
  },
  models: async () => [{ id: "instant" }],
  defaultModel: async () => ({ id: "instant" }),
  close: async () => undefined,
};

/** A model that answers at once, in the gateway's own process. */
export const omni: OmniModule<"provider", JsonObject> = {
  slot: "provider",
  name: "instant",
  contract: 1,
  options: { jsonSchema: { type: "object" }, parse: () => ({}) },
  create: () => provider,
};
