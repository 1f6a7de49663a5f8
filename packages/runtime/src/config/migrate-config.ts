import type { JsonObject } from "@omni/core";
import { configVersion } from "./config-schema.ts";

/** Brings a configuration of the version before `to` to `to`. Pure. */
export interface ConfigMigration {
  readonly to: number;
  apply(value: JsonObject): JsonObject;
}

/** The migrations there are, by rising version. None yet: version 1 is the first. */
export const configMigrations: readonly ConfigMigration[] = [];

/** A configuration in the current form, and what has to be said about its version. */
export interface MigratedConfig {
  readonly value: JsonObject;
  readonly warnings: readonly string[];
}

/**
 * Brings an older configuration up in memory, step by step; the file stays as
 * it is until somebody edits it. A file without a version is of the current
 * one. A newer file is taken as it is, with a warning.
 */
export function migrateConfig(value: JsonObject, migrations: readonly ConfigMigration[] = configMigrations, current: number = configVersion): MigratedConfig {
  const stated = value["version"];
  if (typeof stated !== "number" || stated === current) return { value, warnings: [] };
  if (stated > current) {
    return { value, warnings: [`version ${stated} is newer than ${current}, which this Omni knows; what it does not know has no effect`] };
  }
  const steps = migrations.filter((migration) => migration.to > stated && migration.to <= current).toSorted((one, other) => one.to - other.to);
  const migrated = steps.reduce((before, migration) => migration.apply(before), value);
  return { value: { ...migrated, version: current }, warnings: [] };
}
