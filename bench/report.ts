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
}

/** Makes a row of a number and its upper bound. */
export function toRow(what: string, { value, bound, unit, detail }: Measure): Row {
  const digits = value < 10 ? 2 : 1;
  return { what, measured: `${value.toFixed(digits)} ${unit}${detail === undefined ? "" : ` (${detail})`}`, bound: bound === Infinity ? "stated" : `≤ ${bound} ${unit}`, holds: value <= bound };
}

/** The rows as a Markdown table. */
export function toTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${row.what} | ${row.measured} | ${row.bound} | ${row.holds ? "yes" : "NO"} |`);
  return ["| what | measured | bound | holds |", "| --- | --- | --- | --- |", ...lines].join("\n");
}
