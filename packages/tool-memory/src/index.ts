export type { MemoryToolOptions } from "./memory-tool-options.ts";
export { memoryToolOptions } from "./memory-tool-options.ts";
export { createMemoryTool } from "./create-memory-tool.ts";
export { omni } from "./omni.ts";
