export type { StaticEmbedderOptions } from "./static-embedder-options.ts";
export { staticEmbedderOptions } from "./static-embedder-options.ts";
export { createStaticEmbedder } from "./create-static-embedder.ts";
export { omni } from "./omni.ts";
