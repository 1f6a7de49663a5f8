import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Turns of which the store of a home says that nobody knows whether a part of the answer was shown. Empty while there is no store, or none that can be read. */
export function findUnsureSends(home: string): ReadonlySet<string> {
  const path = join(home, "state", "omni.db");
  if (!existsSync(path)) return new Set();
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const rows = database.prepare("SELECT DISTINCT turn.id FROM outbox JOIN turn ON turn.seq = outbox.turn WHERE outbox.state = 'unknown'").all();
      return new Set(rows.map((row) => String(row["id"])));
    } finally {
      database.close();
    }
  } catch {
    return new Set();
  }
}
