export { defaults } from "./defaults.ts";
export { table } from "./table.ts";
export { readServers } from "./read-servers.ts";
export { findInferred } from "./find-inferred.ts";
export type { ListedServer, McpProbe, ProbeOptions, ServerFiles, ServerList } from "./server-files.ts";
export { loadServerFiles } from "./server-files.ts";
