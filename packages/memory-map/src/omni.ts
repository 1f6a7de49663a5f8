import type { OmniModule } from "@omni/core";
import type { MapMemoryOptions } from "./map-memory-options.ts";
import { createMapMemory } from "./create-map-memory.ts";
import { mapMemoryOptions } from "./map-memory-options.ts";

/** The map as an implementation of the memory slot. */
export const omni: OmniModule<"memory", MapMemoryOptions> = {
  slot: "memory",
  name: "map",
  contract: 1,
  options: mapMemoryOptions,
  create: createMapMemory,
};
