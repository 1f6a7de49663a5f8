import type { OmniModule } from "@omni/core";
import type { OpenAIEmbedderOptions } from "./openai-embedder-options.ts";
import { createOpenAIEmbedder } from "./create-openai-embedder.ts";
import { openAIEmbedderOptions } from "./openai-embedder-options.ts";

/** Any OpenAI-compatible endpoint as an implementation of the embedder slot. */
export const omni: OmniModule<"embedder", OpenAIEmbedderOptions> = { slot: "embedder", name: "openai", contract: 1, options: openAIEmbedderOptions, create: createOpenAIEmbedder };
