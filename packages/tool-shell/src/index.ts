export type { ShellToolOptions } from "./shell-tool-options.ts";
export { shellToolOptions } from "./shell-tool-options.ts";
export { createShellTool } from "./create-shell-tool.ts";
export { omni } from "./omni.ts";
