import type { OmniModule } from "@omni/core";
import type { MemoryToolOptions } from "./memory-tool-options.ts";
import { createMemoryTool } from "./create-memory-tool.ts";
import { memoryToolOptions } from "./memory-tool-options.ts";

/** The module of slot `tool`, name `memory`. */
export const omni: OmniModule<"tool", MemoryToolOptions> = { slot: "tool", name: "memory", contract: 1, options: memoryToolOptions, create: createMemoryTool };
