import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChaosArguments } from "./parse-arguments.ts";
import type { Scenario } from "./scenario.ts";
import type { TrialResult } from "./run-scenarios.ts";
import { parseArguments } from "./parse-arguments.ts";
import { runScenarios } from "./run-scenarios.ts";
import { scenarios } from "./scenarios/scenarios.ts";
import { toFailureText, toRows, toScenarioRows, toTable } from "./report.ts";

// A program of a world goes with the harness, and many worlds are open at once.
process.setMaxListeners(0);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));

/** `pnpm chaos`: breaks the built gateway in every way of the list and says which promises did not hold. Exit 0 when all did, 1 when not, 2 when nothing could be run. */
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const given = parseArguments(args);
  const chosen = choose(given);
  if (given.isList) {
    for (const { id, title, faultClass, runs } of chosen) console.log(`${id}  ${faultClass}: ${title} (${runs[0]} runs, ${runs[1]} in the long run)`);
    return 0;
  }
  const program = resolve(given.program ?? fileURLToPath(new URL("../../../apps/cli/dist/main.js", import.meta.url)));
  if (!existsSync(program) || chosen.length === 0) {
    console.error(chosen.length === 0 ? `No fault is called ${given.only?.join(", ")}; --list shows them.` : `There is no ${program}; run pnpm build first.`);
    return 2;
  }
  const begun = performance.now();
  const able = await leaveOut(chosen);
  const results = await runScenarios(able, { program, isFull: given.isFull, seed: given.seed, jobs: given.jobs, index: given.run, runs: given.runs, onResult: show });
  console.log(`\n${toTable(toScenarioRows(results))}\n\n${toTable(toRows(results))}\n`);
  const broken = results.filter(({ breaches }) => breaches.length > 0);
  for (const result of broken) console.log(toFailureText(result));
  console.log(`${results.length} runs in ${Math.round((performance.now() - begun) / 1_000)} s, ${broken.length} broken`);
  if (given.out !== undefined) await writeFile(given.out, `${JSON.stringify({ classes: toRows(results), faults: toScenarioRows(results), broken: broken.map(({ scenario: { id, title }, ...rest }) => ({ id, title, ...rest })) }, undefined, 2)}\n`);
  return broken.length > 0 ? 1 : 0;
}

function choose({ only }: ChaosArguments): readonly Scenario[] {
  return only === undefined ? scenarios : scenarios.filter(({ id }) => only.includes(id));
}

/** Says of each that cannot run here why, and gives the others. */
async function leaveOut(chosen: readonly Scenario[]): Promise<readonly Scenario[]> {
  const able: Scenario[] = [];
  for (const scenario of chosen) {
    const reason = await scenario.unavailable?.();
    if (reason === undefined) able.push(scenario);
    else console.log(`${scenario.id} ${scenario.title}: skipped, ${reason}`);
  }
  return able;
}

function show(result: TrialResult): void {
  const { scenario, index, tookMs, breaches, notes } = result;
  if (breaches.length > 0) console.log(toFailureText(result));
  else console.log(`${scenario.id} ${scenario.title}, run ${index}: kept (${[...notes, `${Math.round(tookMs)} ms`].join("; ")})`);
}
