/** A count that SQL's LIMIT takes: never negative (which SQLite reads as unbounded), never `Infinity`. */
export function toRowLimit(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit) || 0, 0), Number.MAX_SAFE_INTEGER);
}
