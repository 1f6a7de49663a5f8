/** `1,340`: the same on every machine. */
export function toCount(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1.2 s`, `120 s`: one digit after the point below ten seconds. */
export function toSeconds(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  return `${seconds < 9.95 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
}
