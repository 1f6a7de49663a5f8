export { defaults } from "./defaults.ts";
export { table } from "./table.ts";
export { readServers } from "./read-servers.ts";
