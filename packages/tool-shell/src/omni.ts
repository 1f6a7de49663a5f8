import type { OmniModule } from "@omni/core";
import type { ShellToolOptions } from "./shell-tool-options.ts";
import { createShellTool } from "./create-shell-tool.ts";
import { shellToolOptions } from "./shell-tool-options.ts";

/** The module of slot `tool`, name `shell`. */
export const omni: OmniModule<"tool", ShellToolOptions> = { slot: "tool", name: "shell", contract: 1, options: shellToolOptions, create: createShellTool };
