export { defaults } from "./defaults.ts";
export { table } from "./table.ts";
