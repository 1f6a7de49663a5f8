import type { NewEpisode, Reinforcement } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { LearningRule } from "./learning.ts";
import { toCredited, toDecayed, toHalfLife } from "./learning.ts";

/** Turns remembered as counted. A turn is reported when it ends and at recovery, so only the newest matter. */
const mostTurns = 100_000;

interface KnownRow {
  readonly seq: number;
  readonly kind: NewEpisode["kind"];
  readonly q: number;
  readonly decayed_at: number;
}

const countSql = "UPDATE episode SET uses = uses + 1, successes = successes + ?, failures = failures + ?, last_used_at = ? WHERE seq = ?";
/** A clock that went back leaves a utility counted until the later time. */
const creditSql = "UPDATE episode SET q = ?, decayed_at = max(decayed_at, ?) WHERE seq = ?";

/**
 * Counts the outcome of a turn for all that it was shown, and moves the utility
 * of the experiences among it, once a turn: what was said and what is so is
 * ordered by its similarity alone, and beside an experience it neither learns
 * nor is what an outcome is compared with. A turn that names nothing known is
 * not counted. The time until
 * now is taken off what was known before, so that none of it is ever taken off
 * what is learned here. Throws `memory.failed` for a reward outside [0, 1].
 */
export function reinforce(database: Database, { turnId, ids, reward }: Reinforcement, rule: LearningRule & { readonly halfLifeDays: number }, now: number): void {
  if (!(reward >= 0 && reward <= 1)) throw new OmniError("memory.failed", `A reward of ${reward} cannot be learned from: give a number from 0 to 1.`);
  database.transaction(() => {
    if (database.get("SELECT seq FROM turn WHERE id = ?", turnId) !== undefined) return;
    const known = [...new Set(ids)].flatMap((id) => database.get<KnownRow>("SELECT seq, kind, q, decayed_at FROM episode WHERE id = ?", id) ?? []);
    if (known.length === 0) return;
    for (const { seq } of known) database.run(countSql, reward > 0.5 ? 1 : 0, reward < 0.5 ? 1 : 0, now, seq);
    const experiences = known.filter(({ kind }) => kind === "episode");
    const moved = experiences.length === 0 ? known : experiences;
    const halfLife = toHalfLife(rule);
    const utilities = toCredited(moved.map(({ q, decayed_at }) => toDecayed(q, now - decayed_at, halfLife)), reward, rule);
    for (const [index, { seq }] of moved.entries()) database.run(creditSql, utilities[index] ?? 0.5, now, seq);
    const counted = database.insert("INSERT INTO turn (id) VALUES (?)", turnId);
    database.run("DELETE FROM turn WHERE seq <= ?", counted - mostTurns);
  });
}
