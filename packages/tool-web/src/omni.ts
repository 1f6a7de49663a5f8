import type { OmniModule } from "@omni/core";
import type { WebToolOptions } from "./web-tool-options.ts";
import { createWebTool } from "./create-web-tool.ts";
import { webToolOptions } from "./web-tool-options.ts";

/** The module of slot `tool`, name `web`. */
export const omni: OmniModule<"tool", WebToolOptions> = { slot: "tool", name: "web", contract: 1, options: webToolOptions, create: (options, host) => createWebTool(options, host) };
