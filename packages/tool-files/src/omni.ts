import type { OmniModule } from "@omni/core";
import type { FilesToolOptions } from "./files-tool-options.ts";
import { createFilesTool } from "./create-files-tool.ts";
import { filesToolOptions } from "./files-tool-options.ts";

/** The module of slot `tool`, name `files`. */
export const omni: OmniModule<"tool", FilesToolOptions> = { slot: "tool", name: "files", contract: 1, options: filesToolOptions, create: createFilesTool };
