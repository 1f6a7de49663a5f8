import type { StoreHealth } from "@omni/core";
import type { Database } from "./database.ts";

/** Calls of ended turns without a result. A call's id is unique within one reply. */
const lostCallsSql = `SELECT count(*) AS lost FROM turn JOIN step AS call ON call.turn = turn.seq
  WHERE turn.ended_at IS NOT NULL AND call.kind = 'tool-call' AND NOT EXISTS (
    SELECT 1 FROM step AS result WHERE result.turn = call.turn AND result.kind = 'tool-result'
      AND result.event ->> '$.callId' = call.event ->> '$.callId' AND result.event ->> '$.round' = call.event ->> '$.round')`;

/** Looks at every page and every ended turn. It blocks; a gigabyte takes seconds. */
export function checkHealth(database: Database): StoreHealth {
  try {
    const problems = [...toDamage(database), ...toLostCalls(database)];
    return problems.length === 0 ? { ok: true, detail: "integrity check passed; every call of every ended turn has its result" } : { ok: false, detail: problems.join("; ") };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : "the check could not be made" };
  }
}

function toDamage(database: Database): readonly string[] {
  const found = database.all<{ integrity_check: string }>("PRAGMA integrity_check(10)").map((row) => row.integrity_check);
  const orphans = database.all("PRAGMA foreign_key_check").length;
  return [...found.filter((line) => line !== "ok"), ...(orphans === 0 ? [] : [`${orphans} rows refer to rows that are gone`])];
}

function toLostCalls(database: Database): readonly string[] {
  const lost = database.get<{ lost: number }>(lostCallsSql)?.lost ?? 0;
  return lost === 0 ? [] : [`${lost} calls of ended turns have no result`];
}
