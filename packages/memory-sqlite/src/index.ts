export type { SqliteMemoryOptions } from "./sqlite-memory-options.ts";
export { sqliteMemoryOptions } from "./sqlite-memory-options.ts";
export { createSqliteMemory } from "./create-sqlite-memory.ts";
export { omni } from "./omni.ts";
