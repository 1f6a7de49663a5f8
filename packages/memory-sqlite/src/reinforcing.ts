import type { Reinforcement } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { LearningRule } from "./learning.ts";
import { toCredited, toDecayed, toHalfLife } from "./learning.ts";

/** Turns remembered as counted. A turn is reported when it ends and at recovery, so only the newest matter. */
const mostTurns = 100_000;

interface KnownRow {
  readonly seq: number;
  readonly q: number;
  readonly decayed_at: number;
}

/** A clock that went back leaves a utility counted until the later time. */
const creditSql = "UPDATE episode SET q = ?, uses = uses + 1, successes = successes + ?, failures = failures + ?, last_used_at = ?, decayed_at = max(decayed_at, ?) WHERE seq = ?";

/**
 * Moves the utility of what was shown in a turn, once a turn. A turn that names
 * nothing known is not counted. The time until now is taken off what was known
 * before, so that none of it is ever taken off what is learned here. Throws
 * `memory.failed` for a reward outside [0, 1].
 */
export function reinforce(database: Database, { turnId, ids, reward }: Reinforcement, rule: LearningRule & { readonly halfLifeDays: number }, now: number): void {
  if (!(reward >= 0 && reward <= 1)) throw new OmniError("memory.failed", `A reward of ${reward} cannot be learned from: give a number from 0 to 1.`);
  database.transaction(() => {
    if (database.get("SELECT seq FROM turn WHERE id = ?", turnId) !== undefined) return;
    const known = [...new Set(ids)].flatMap((id) => database.get<KnownRow>("SELECT seq, q, decayed_at FROM episode WHERE id = ?", id) ?? []);
    if (known.length === 0) return;
    const halfLife = toHalfLife(rule);
    const utilities = toCredited(known.map(({ q, decayed_at }) => toDecayed(q, now - decayed_at, halfLife)), reward, rule);
    for (const [index, { seq }] of known.entries()) database.run(creditSql, utilities[index] ?? 0.5, reward > 0.5 ? 1 : 0, reward < 0.5 ? 1 : 0, now, now, seq);
    const counted = database.insert("INSERT INTO turn (id) VALUES (?)", turnId);
    database.run("DELETE FROM turn WHERE seq <= ?", counted - mostTurns);
  });
}
