export type { LocalEmbedderOptions } from "./local-embedder-options.ts";
export { localEmbedderOptions } from "./local-embedder-options.ts";
export { createLocalEmbedder } from "./create-local-embedder.ts";
export { omni } from "./omni.ts";
