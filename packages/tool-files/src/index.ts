export type { FilesToolOptions } from "./files-tool-options.ts";
export { filesToolOptions } from "./files-tool-options.ts";
export { createFilesTool } from "./create-files-tool.ts";
export { omni } from "./omni.ts";
