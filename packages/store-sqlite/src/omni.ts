import type { OmniModule } from "@omni/core";
import type { SqliteStoreOptions } from "./sqlite-store-options.ts";
import { createSqliteStore } from "./create-sqlite-store.ts";
import { sqliteStoreOptions } from "./sqlite-store-options.ts";

/** The SQLite store as an implementation of the store slot. */
export const omni: OmniModule<"store", SqliteStoreOptions> = {
  slot: "store",
  name: "sqlite",
  contract: 1,
  options: sqliteStoreOptions,
  create: createSqliteStore,
};
