export type { MapMemoryOptions } from "./map-memory-options.ts";
export { mapMemoryOptions } from "./map-memory-options.ts";
export { createMapMemory } from "./create-map-memory.ts";
export { omni } from "./omni.ts";
