import type { BreachKind } from "./ledger/breach.ts";
import type { TrialResult } from "./run-scenarios.ts";

/** One line of the table: all runs of one class of faults, or of one fault. */
export interface ReportRow {
  readonly name: string;
  readonly runs: number;
  readonly messages: number;
  readonly kills: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly runTwice: number;
  readonly otherBreaches: number;
  readonly labelledRepeats: number;
  readonly unknownReported: number;
  /** From the start of the process to ready after a kill, milliseconds; null where nothing was killed. */
  readonly recoveryP50: number | null;
  readonly recoveryP95: number | null;
}

const lost: ReadonlySet<BreachKind> = new Set<BreachKind>(["lost", "no-ending", "failed", "wrong-answer"]);
const duplicated: ReadonlySet<BreachKind> = new Set<BreachKind>(["duplicated", "unlabelled", "ended-twice"]);

/** Sums results up by class of fault, with a line for all, in the order in which the classes came. */
export function toRows(results: readonly TrialResult[]): readonly ReportRow[] {
  const rows = [...Map.groupBy(results, ({ scenario }) => scenario.faultClass)].map(([name, own]) => toRow(name, own));
  return [...rows, toRow("all", results)];
}

/** Sums results up by fault. */
export function toScenarioRows(results: readonly TrialResult[]): readonly ReportRow[] {
  return [...Map.groupBy(results, ({ scenario }) => `${scenario.id} ${scenario.title}`)].toSorted(([one], [other]) => one.localeCompare(other, "en", { numeric: true })).map(([name, own]) => toRow(name, own));
}

function toRow(name: string, results: readonly TrialResult[]): ReportRow {
  const kinds = results.flatMap(({ breaches }) => breaches.map(({ kind }) => kind));
  const count = (test: (kind: BreachKind) => boolean): number => kinds.filter(test).length;
  const sum = (pick: (result: TrialResult) => number): number => results.reduce((total, result) => total + pick(result), 0);
  const ready = results.flatMap(({ readyMs }) => readyMs).toSorted((one, other) => one - other);
  const isRunTwice = (kind: BreachKind): boolean => kind === "run-twice";
  return {
    name,
    runs: results.length,
    messages: sum(({ messages }) => messages),
    kills: sum(({ kills }) => kills),
    lost: count((kind) => lost.has(kind)),
    duplicated: count((kind) => duplicated.has(kind)),
    runTwice: count(isRunTwice),
    otherBreaches: count((kind) => !lost.has(kind) && !duplicated.has(kind) && !isRunTwice(kind)),
    labelledRepeats: sum(({ labelledRepeats }) => labelledRepeats),
    unknownReported: sum(({ unknownReported }) => unknownReported),
    recoveryP50: percentile(ready, 0.5),
    recoveryP95: percentile(ready, 0.95),
  };
}

function percentile(sorted: readonly number[], part: number): number | null {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return value === undefined ? null : Math.round(value);
}

/** Rows as a Markdown table. */
export function toTable(rows: readonly ReportRow[]): string {
  const lines = rows.map((row) => {
    const recovery = row.recoveryP50 === null ? "" : `${row.recoveryP50} / ${row.recoveryP95} ms`;
    const cells = [row.name, row.runs, row.messages, row.kills, row.lost, row.duplicated, row.runTwice, row.otherBreaches, row.labelledRepeats, row.unknownReported, recovery];
    return `| ${cells.join(" | ")} |`;
  });
  const head = ["class", "runs", "messages", "kills", "lost", "duplicated", "run twice", "other breaches", "labelled repeats", "unknown reported", "recovery p50 / p95"];
  return [`| ${head.join(" | ")} |`, `| ${head.map(() => "---").join(" | ")} |`, ...lines].join("\n");
}

/** What is printed of a run in which something broke: the promise, and how to see it again. */
export function toFailureText({ scenario, index, seed, breaches, notes, kept }: TrialResult): string {
  return [
    `${scenario.id} ${scenario.title}, run ${index}: BROKEN`,
    ...breaches.map(({ promise, kind, detail }) => `  ${promise} ${kind}: ${detail}`),
    ...notes.map((note) => `  ${note}`),
    ...kept.map((folder) => `  kept: ${folder}`),
    `  again: pnpm chaos --only ${scenario.id} --run ${index} --seed ${seed - index}`,
  ].join("\n");
}
