/** One measured line, with the bound it is held against. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  readonly holds: boolean;
}

/** A number with its unit. */
export interface Measure {
  readonly value: number;
  /** Most it should be; Infinity where it is only stated. */
  readonly bound: number;
  readonly unit: string;
  readonly detail?: string;
  /** What the least program took in the same run. A bound in milliseconds is that of a quick machine: where the least program is near it or misses it, `aboveFloor` times that is what the subject is held against. */
  readonly floor?: number | undefined;
}

/** How much more than the least program is let pass where that program decides; two runs of one program differ by as much on a busy machine. */
const aboveFloor = 1.25;

/** Makes a row of a number and its upper bound. */
export function toRow(what: string, { value, bound, unit, detail, floor = 0 }: Measure): Row {
  const most = Math.max(bound, aboveFloor * floor);
  const stated = bound === Infinity ? "stated" : `≤ ${bound} ${unit}`;
  return { what, measured: `${toText(value)} ${unit}${detail === undefined ? "" : ` (${detail})`}`, bound: most === bound ? stated : `${stated}, or ${aboveFloor} × the floor's ${toText(floor)}`, holds: value <= most };
}

function toText(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

/** The rows as a Markdown table. */
export function toTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${row.what} | ${row.measured} | ${row.bound} | ${row.holds ? "yes" : "NO"} |`);
  return ["| what | measured | bound | holds |", "| --- | --- | --- | --- |", ...lines].join("\n");
}
