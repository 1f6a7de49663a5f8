export type { EngineOptions } from "./engine-options.ts";
export type { SearchContext, SearchEngine, SearchResult } from "./search-engine.ts";
export type { WebToolOptions } from "./web-tool-options.ts";
export { webToolOptions } from "./web-tool-options.ts";
export { createWebTool } from "./create-web-tool.ts";
export { omni } from "./omni.ts";
