import type { Host, Tool, Toolset } from "@omni/core";
import type { FilesToolOptions } from "./files-tool-options.ts";
import { createEditTool } from "./edit-tool.ts";
import { createGlobTool } from "./glob-tool.ts";
import { createGrepTool } from "./grep-tool.ts";
import { createListTool } from "./list-tool.ts";
import { createReadTool } from "./read-tool.ts";
import { createWriteTool } from "./write-tool.ts";

/** What every file tool is made from. */
export interface FilesToolParts {
  readonly host: Pick<Host, "files" | "clock">;
  readonly options: FilesToolOptions;
}

/**
 * The native file tools: `files.read`, `files.write`, `files.edit`,
 * `files.list`, `files.glob`, `files.grep`. Each call opens the workspace of
 * its own turn; the host's files refuse whatever lies outside.
 */
export function createFilesTool(options: FilesToolOptions, host: Host): Toolset {
  const parts: FilesToolParts = { host, options };
  const tools: readonly Tool[] = [
    createReadTool(parts),
    createWriteTool(parts),
    createEditTool(parts),
    createListTool(parts),
    createGlobTool(parts),
    createGrepTool(parts),
  ];
  return {
    owner: "files",
    trusted: true,
    tools: () => tools,
    // The list never changes, so there is nobody to tell.
    onChange: () => () => undefined,
    close: async () => undefined,
  };
}
