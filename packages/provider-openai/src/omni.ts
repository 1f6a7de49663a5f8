import type { OmniModule } from "@omni/core";
import type { OpenAIProviderOptions } from "./options.ts";
import { createOpenAIProvider } from "./create-openai-provider.ts";
import { openAIProviderOptions } from "./options.ts";

/** OpenAI-compatible endpoints as an implementation of the provider slot. */
export const omni: OmniModule<"provider", OpenAIProviderOptions> = {
  slot: "provider",
  name: "openai",
  contract: 1,
  options: openAIProviderOptions,
  create: createOpenAIProvider,
};
