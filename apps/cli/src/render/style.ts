import type { Output, Terminal } from "../terminal.ts";

/** How text for a person looks on one output. */
export interface Style {
  /** Cells of a line; undefined for no bound. */
  readonly columns: number | undefined;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

/** Colours only where a person looks at a terminal that has them and did not refuse them by NO_COLOR. */
export function toStyle(output: Pick<Output, "isTerminal" | "columns">, env: Terminal["env"]): Style {
  const isRefused = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  const paint = (code: number) => (text: string): string => (output.isTerminal && !isRefused ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { columns: output.columns, dim: paint(2), good: paint(32), bad: paint(31) };
}
