import type { Host, Tool, Toolset } from "@omni/core";
import type { SearchEngine } from "./search-engine.ts";
import type { WebToolOptions } from "./web-tool-options.ts";
import { createEngine } from "./create-engine.ts";
import { createFetchTool } from "./fetch-tool.ts";
import { createSearchTool } from "./search-tool.ts";

/** What both tools are made from. */
export interface WebToolParts {
  readonly host: Pick<Host, "egress">;
  readonly options: WebToolOptions;
  readonly engines: readonly SearchEngine[];
}

/**
 * The web tools: `web.fetch` and `web.search`. Everything goes out through
 * the host's egress. `engines` replaces the configured ones, for programs
 * that bring their own.
 */
export function createWebTool(options: WebToolOptions, host: Host, engines?: readonly SearchEngine[]): Toolset {
  for (const { apiKey } of options.engines) if (apiKey !== undefined) host.secrets.register(apiKey);
  const parts: WebToolParts = { host, options, engines: engines ?? options.engines.map(createEngine) };
  const tools: readonly Tool[] = [createFetchTool(parts), createSearchTool(parts)];
  return {
    owner: "web",
    trusted: true,
    tools: () => tools,
    // The list never changes, so there is nobody to tell.
    onChange: () => () => undefined,
    close: async () => undefined,
  };
}
