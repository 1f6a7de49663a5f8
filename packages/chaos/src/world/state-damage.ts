import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What another program than the one under test finds wrong in the databases of a home; empty where all is well. */
export function findDamage(home: string): readonly string[] {
  return ["omni.db", "memory.db"].flatMap((name) => {
    const path = join(home, "state", name);
    return existsSync(path) ? findDamageOf(path).map((problem) => `${name}: ${problem}`) : [];
  });
}

function findDamageOf(path: string): readonly string[] {
  try {
    const database = new DatabaseSync(path);
    try {
      const pages = database.prepare("PRAGMA integrity_check(10)").all().map((row) => String(row["integrity_check"]));
      const orphans = database.prepare("PRAGMA foreign_key_check").all().length;
      return [...pages.filter((line) => line !== "ok"), ...(orphans === 0 ? [] : [`${orphans} rows refer to rows that are gone`])];
    } finally {
      database.close();
    }
  } catch (error) {
    return [String(error)];
  }
}
