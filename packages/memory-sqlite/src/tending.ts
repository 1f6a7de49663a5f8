import type { GateDecision, MemoryStanding, TendReport } from "@omni/core";
import type { Database } from "./database.ts";
import type { SqliteMemoryOptions } from "./sqlite-memory-options.ts";
import { decide, secondChance } from "./gate.ts";
import { toDecayed, toHalfLife } from "./learning.ts";

/** What is this near to 0.5 is left as it is. */
const settled = 1e-4;
/** Time is counted in parts no shorter than this, in milliseconds, so that tending often costs nothing. */
const leastElapsed = 60_000;

/** Lets time pass, and the gate decide, in one transaction. */
export function tend(database: Database, options: SqliteMemoryOptions, now: number): TendReport {
  return database.transaction(() => {
    const decayed = decay(database, toHalfLife(options), now);
    return { decayed, decisions: passGate(database, options, now) };
  });
}

/** Each utility knows until when it was counted, so no time counts twice; a clock that went back counts as no time. */
function decay(database: Database, halfLife: number, now: number): number {
  if (halfLife === 0) return 0;
  const rows = database.all<{ seq: number; q: number; decayed_at: number }>("SELECT seq, q, decayed_at FROM episode WHERE abs(q - 0.5) > ? AND decayed_at <= ?", settled, now - leastElapsed);
  for (const { seq, q, decayed_at } of rows) database.run("UPDATE episode SET q = ?, decayed_at = ? WHERE seq = ?", toDecayed(q, now - decayed_at, halfLife), now, seq);
  return rows.length;
}

interface GateRow {
  readonly seq: number;
  readonly id: string;
  readonly standing: MemoryStanding;
  readonly q: number;
  readonly uses: number;
  readonly successes: number;
  readonly failures: number;
  readonly last_used_at: number;
  readonly trusted: number;
}

/** Experiences with news since they were last decided about, and the retired whose bad name time has taken. */
const gateSql = `SELECT seq, id, standing, q, uses, successes, failures, last_used_at, trusted FROM episode
  WHERE kind = 'episode' AND (uses > decided_uses OR (standing = 'retired' AND q >= ?)) ORDER BY seq`;

function passGate(database: Database, options: SqliteMemoryOptions, now: number): readonly GateDecision[] {
  return database.all<GateRow>(gateSql, options.retireAt + secondChance).map((row) => {
    const decision = decide({ ...row, idle: Math.max(0, now - row.last_used_at), trusted: row.trusted === 1 }, options, now);
    database.run("UPDATE episode SET standing = ?, decided_uses = uses WHERE seq = ?", toStanding(decision), row.seq);
    return decision;
  });
}

function toStanding({ decision }: GateDecision): MemoryStanding {
  if (decision === "retain") return "kept";
  return decision === "retire" ? "retired" : "promoted";
}
