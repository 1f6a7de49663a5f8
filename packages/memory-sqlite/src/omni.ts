import type { OmniModule } from "@omni/core";
import type { SqliteMemoryOptions } from "./sqlite-memory-options.ts";
import { createSqliteMemory } from "./create-sqlite-memory.ts";
import { sqliteMemoryOptions } from "./sqlite-memory-options.ts";

/** SQLite as an implementation of the memory slot. */
export const omni: OmniModule<"memory", SqliteMemoryOptions> = {
  slot: "memory",
  name: "sqlite",
  contract: 1,
  options: sqliteMemoryOptions,
  create: createSqliteMemory,
};
