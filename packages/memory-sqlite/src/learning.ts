/** How outcomes and time move what was learned. */
export interface LearningRule {
  readonly learningRate: number;
  readonly credit: "set" | "own";
}

const day = 86_400_000;

/** The half-life that is set, in milliseconds; 0 for no decay. */
export function toHalfLife({ halfLifeDays }: { readonly halfLifeDays: number }): number {
  return halfLifeDays * day;
}

/**
 * The utilities of experiences after an outcome. With `set` each moves by what
 * the reward differs from the mean of all that were shown: it was that set that
 * was tried, and what all of it together promised is what the outcome surprises.
 */
export function toCredited(utilities: readonly number[], reward: number, { learningRate, credit }: LearningRule): readonly number[] {
  const mean = utilities.reduce((sum, q) => sum + q, 0) / Math.max(1, utilities.length);
  return utilities.map((q) => clamp(q + learningRate * (reward - (credit === "set" ? mean : q))));
}

/** The utility after a time without news, in milliseconds: half of what it differs from 0.5 is left after each half-life. Parts of a time give what the whole gives. */
export function toDecayed(q: number, elapsed: number, halfLife: number): number {
  return elapsed <= 0 || halfLife <= 0 ? q : 0.5 + (q - 0.5) * 0.5 ** (elapsed / halfLife);
}

function clamp(q: number): number {
  return Math.min(1, Math.max(0, q));
}
