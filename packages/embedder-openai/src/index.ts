export type { OpenAIEmbedderOptions } from "./openai-embedder-options.ts";
export { openAIEmbedderOptions } from "./openai-embedder-options.ts";
export { createOpenAIEmbedder } from "./create-openai-embedder.ts";
export { omni } from "./omni.ts";
