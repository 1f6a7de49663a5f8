/** `2026-01-31`, the day in UTC; words for a number that is no time, which what was taken in from elsewhere may bring. */
export function toDay(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "date unknown" : date.toISOString().slice(0, 10);
}
