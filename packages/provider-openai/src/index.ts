export type { OpenAIProviderOptions, OpenAITimeouts, ReasoningEffort } from "./options.ts";
export { defaultModelId, openAIBaseUrl, openAIProviderOptions } from "./options.ts";
export { createOpenAIProvider } from "./create-openai-provider.ts";
export { omni } from "./omni.ts";
