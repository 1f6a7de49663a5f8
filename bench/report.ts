/** One measured line, with the bound it is held against. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  readonly holds: boolean;
}

/** Makes a row of a number and its upper bound. */
export function toRow(what: string, value: number, bound: number, unit: string, detail = ""): Row {
  const digits = value < 10 ? 2 : 1;
  return { what, measured: `${value.toFixed(digits)} ${unit}${detail === "" ? "" : ` (${detail})`}`, bound: `≤ ${bound} ${unit}`, holds: value <= bound };
}

/** The rows as a Markdown table. */
export function toTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${row.what} | ${row.measured} | ${row.bound} | ${row.holds ? "yes" : "NO"} |`);
  return ["| what | measured | bound | holds |", "| --- | --- | --- | --- |", ...lines].join("\n");
}
