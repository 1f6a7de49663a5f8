import { parseArgs } from "node:util";

/** What the command line says. */
export interface ChaosArguments {
  readonly isFull: boolean;
  /** Ids of the faults to run; all where absent. */
  readonly only: readonly string[] | undefined;
  readonly seed: number;
  /** One run of each fault alone. */
  readonly run: number | undefined;
  /** So many runs of each fault, in place of its own number. */
  readonly runs: number | undefined;
  readonly jobs: number;
  /** Where the results are written as JSON. */
  readonly out: string | undefined;
  /** Another build than the repository's own. */
  readonly program: string | undefined;
  readonly isList: boolean;
}

/** Reads the command line; throws with what is wrong. */
export function parseArguments(args: readonly string[]): ChaosArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: "boolean", default: false },
      only: { type: "string" },
      seed: { type: "string", default: "1" },
      run: { type: "string" },
      runs: { type: "string" },
      jobs: { type: "string", default: "3" },
      out: { type: "string" },
      program: { type: "string" },
      list: { type: "boolean", default: false },
    },
  });
  return {
    isFull: values.full,
    only: values.only?.split(",").map((id) => id.trim().toUpperCase()),
    seed: toWhole("seed", values.seed),
    run: values.run === undefined ? undefined : toWhole("run", values.run),
    runs: values.runs === undefined ? undefined : toWhole("runs", values.runs),
    jobs: Math.max(1, toWhole("jobs", values.jobs)),
    out: values.out,
    program: values.program,
    isList: values.list,
  };
}

function toWhole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} takes a whole number, not ${text}.`);
  return value;
}
