import type { Database } from "./database.ts";

/** Every statement of the mark; a test looks at their plans. */
export const scrubMarkSql = {
  note: "INSERT INTO counter (name, value) VALUES ('erased', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
  find: "SELECT value FROM counter WHERE name = 'erased' AND value > coalesce((SELECT scrubbed.value FROM counter AS scrubbed WHERE scrubbed.name = 'scrubbed'), 0)",
  settle: "INSERT INTO counter (name, value) VALUES ('scrubbed', ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
} as const;

/** The counters of the mark, as SQL has a list: they tell of the files of a place and not of what is kept in it. */
export const scrubMarkNames = "('erased', 'scrubbed')";

/**
 * Notes, inside the transaction that erases, that bytes may be left in the
 * files: taking them out takes seconds, and may be cut off or find no room.
 * Erasures are counted and never uncounted, so who has scrubbed after one
 * says nothing about another that came meanwhile.
 */
export function noteErased(database: Pick<Database, "run">): void {
  database.run(scrubMarkSql.note);
}

/** The number of the last erasure while bytes may be left in the files; undefined when none are. */
export function findUnscrubbed(database: Pick<Database, "get">): number | undefined {
  return database.get<{ value: number }>(scrubMarkSql.find)?.value;
}

/** Notes that nothing is left of the erasures up to this number. */
export function settleScrubbed(database: Pick<Database, "transaction" | "run">, erased: number): void {
  database.transaction(() => database.run(scrubMarkSql.settle, erased));
}
