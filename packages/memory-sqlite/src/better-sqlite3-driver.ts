import type { SqlDriver } from "./database.ts";

/** Loads better-sqlite3; only here and only when a database is opened, so that importing the package costs nothing. */
export async function loadBetterSqlite3(): Promise<SqlDriver> {
  const { default: BetterSqlite3 } = await import("better-sqlite3");
  return { open: (path, { timeoutMs }) => new BetterSqlite3(path, { timeout: timeoutMs }) };
}
