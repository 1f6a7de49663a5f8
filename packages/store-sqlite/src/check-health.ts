import type { StoreHealth } from "@omni/core";
import type { Database } from "./database.ts";

/** Calls, or results, of one turn, as both name a call: its id is unique within one reply. */
const toCallsSql = (kind: "tool-call" | "tool-result"): string => `SELECT event ->> '$.callId', event ->> '$.round' FROM step WHERE step.turn = turn.seq AND kind = '${kind}'`;

/** Calls of ended turns without a result. The calls of a turn are taken together: looked for one by one, every result would be read for every call. */
const lostCallsSql = `SELECT coalesce(sum((SELECT count(*) FROM (${toCallsSql("tool-call")} EXCEPT ${toCallsSql("tool-result")}))), 0) AS lost
  FROM turn WHERE ended_at IS NOT NULL`;

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
