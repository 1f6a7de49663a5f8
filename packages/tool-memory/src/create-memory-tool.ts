import type { Clock, Host, Memory, Tool, Toolset } from "@omni/core";
import type { MemoryToolOptions } from "./memory-tool-options.ts";
import { createForgetTool } from "./forget-tool.ts";
import { createSaveTool } from "./save-tool.ts";
import { createSearchTool } from "./search-tool.ts";

/** What every memory tool is made from. */
export interface MemoryToolParts {
  readonly memory: Memory;
  readonly clock: Clock;
  readonly options: MemoryToolOptions;
}

/**
 * The native memory tools: `memory.search`, `memory.save`, `memory.forget`,
 * each over the memories of the session it is called in. Where the
 * composition has no memory there are no tools, and the log says so: a start
 * does not fail over tools that nobody can use.
 */
export function createMemoryTool(options: MemoryToolOptions, host: Host): Toolset {
  const { memory, clock } = host;
  if (memory === undefined) host.log.warn("the memory tools are left out: the memory is turned off", { mend: "set memory in the configuration, or tools.memory to false" });
  const tools: readonly Tool[] = memory === undefined ? [] : [createSearchTool({ memory, clock, options }), createSaveTool({ memory, clock, options }), createForgetTool({ memory, clock, options })];
  return {
    owner: "memory",
    trusted: true,
    tools: () => tools,
    // The list never changes, so there is nobody to tell.
    onChange: () => () => undefined,
    // The memory belongs to the composition, which closes it.
    close: async () => undefined,
  };
}
