export type { SqliteStoreOptions } from "./sqlite-store-options.ts";
export { sqliteStoreOptions } from "./sqlite-store-options.ts";
export { createSqliteStore } from "./create-sqlite-store.ts";
export { omni } from "./omni.ts";
