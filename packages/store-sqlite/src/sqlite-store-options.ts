import { isAbsolute } from "node:path";
import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** Where the database is, and how patient the store is. */
export interface SqliteStoreOptions {
  /** Absolute path of the database file; locks and backups lie in its folder. `omni.db` in the home's state folder when absent. */
  readonly path?: string;
  /** How long a call waits for another process's transaction before it fails with `store.busy`, in milliseconds. Opening, joining, named locks and restoring wait by blocking; nothing else does. */
  readonly busyTimeoutMs: number;
}

/** Transactions take milliseconds; two seconds outlast a queue of them, and are short enough for whoever waits for an answer. */
const defaultBusyTimeoutMs = 2_000;
const longestBusyTimeoutMs = 60_000;

/** Schema and parser of the options. */
export const sqliteStoreOptions: OptionsSchema<SqliteStoreOptions> = {
  jsonSchema: {
    type: "object",
    additionalProperties: false,
    properties: {
      path: { type: "string", minLength: 1, description: "Absolute path of the database file; omni.db in the home's state folder by default." },
      busyTimeoutMs: {
        type: "integer",
        minimum: 0,
        maximum: longestBusyTimeoutMs,
        default: defaultBusyTimeoutMs,
        description: "How long a call waits for another process's transaction, in milliseconds.",
      },
    },
  },
  parse(value) {
    const given = toRecord(value);
    const { path, busyTimeoutMs = defaultBusyTimeoutMs } = given;
    if (path !== undefined && (typeof path !== "string" || !isAbsolute(path))) throw invalid("path must be an absolute path");
    if (typeof busyTimeoutMs !== "number" || !Number.isInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > longestBusyTimeoutMs) {
      throw invalid(`busyTimeoutMs must be a whole number from 0 to ${longestBusyTimeoutMs}`);
    }
    return { ...(path === undefined ? {} : { path }), busyTimeoutMs };
  },
};

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("the options are not an object");
  return { ...value };
}

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `store.with: ${what}.`);
}
