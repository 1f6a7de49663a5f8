import type { Reinforcement } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { LearningRule } from "./learning.ts";
import { toCredited } from "./learning.ts";

/** Turns remembered as counted. A turn is reported when it ends and at recovery, so only the newest matter. */
const mostTurns = 100_000;

/** Moves the utility of what was shown in a turn, once a turn. A turn that names nothing known is not counted. Throws `memory.failed` for a reward outside [0, 1]. */
export function reinforce(database: Database, { turnId, ids, reward }: Reinforcement, rule: LearningRule, now: number): void {
  if (!(reward >= 0 && reward <= 1)) throw new OmniError("memory.failed", `A reward of ${reward} cannot be learned from: give a number from 0 to 1.`);
  database.transaction(() => {
    if (database.get("SELECT seq FROM turn WHERE id = ?", turnId) !== undefined) return;
    const known = [...new Set(ids)].flatMap((id) => database.get<{ seq: number; q: number }>("SELECT seq, q FROM episode WHERE id = ?", id) ?? []);
    if (known.length === 0) return;
    const utilities = toCredited(known.map(({ q }) => q), reward, rule);
    const sql = "UPDATE episode SET q = ?, uses = uses + 1, successes = successes + ?, failures = failures + ?, last_used_at = ? WHERE seq = ?";
    for (const [index, { seq }] of known.entries()) database.run(sql, utilities[index] ?? 0.5, reward > 0.5 ? 1 : 0, reward < 0.5 ? 1 : 0, now, seq);
    const counted = database.insert("INSERT INTO turn (id) VALUES (?)", turnId);
    database.run("DELETE FROM turn WHERE seq <= ?", counted - mostTurns);
  });
}
