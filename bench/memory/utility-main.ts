import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { WorldOptions } from "./utility-world.ts";
import { runWorld } from "./utility-world.ts";

// `pnpm bench:utility [--seeds 20] [--out FILE]`: does recall learn what helps, and at what reward noise, harm and drift?
const { values } = parseArgs({ options: { seeds: { type: "string", default: "20" }, first: { type: "string", default: "1" }, out: { type: "string" } } });

/** Each row: what is measured, the world, and the least that the last epoch must reach. */
const rows: readonly (readonly [what: string, world: Omit<WorldOptions, "seed">, least?: number])[] = [
  ["no memory", { policy: "none" }],
  ["similarity alone (λ 0)", { memory: { utilityWeight: 0 } }],
  ["the preset `roadmap` (λ .3, k2 5, α .2)", { memory: { utilityWeight: 0.3, mostExperiences: 5, learningRate: 0.2, credit: "own" } }],
  ["the defaults", {}, 0.73],
  ["the defaults, a fifth of the rewards false", { noise: 0.2 }, 0.63],
  ["no memory, 60 % harmful", { policy: "none", good: 0.2, harmful: 0.6 }],
  ["the defaults, 60 % harmful", { good: 0.2, harmful: 0.6 }],
  ["the defaults, half changes sides before the 6th epoch", { driftBefore: 5 }],
  ["what truly helps (oracle)", { policy: "oracle" }],
];

const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => Number(values.first) + index);
const results = [];
console.log("| policy | by epoch | last epoch | at least |\n| --- | --- | --- | --- |");
for (const [what, world, least] of rows) {
  const runs: (readonly number[])[] = [];
  for (const seed of seeds) runs.push(await runWorld({ ...world, seed }));
  const epochs = (runs[0] ?? []).map((_, epoch) => runs.reduce((sum, run) => sum + (run[epoch] ?? 0), 0) / runs.length);
  const last = epochs.at(-1) ?? 0;
  results.push({ what, world, epochs, last, ...(least === undefined ? {} : { least, holds: last >= least }) });
  console.log(`| ${what} | ${epochs.map((rate) => rate.toFixed(2)).join(" ")} | ${last.toFixed(3)} | ${least ?? ""} |`);
}
if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify({ seeds, results }, undefined, 2)}\n`);
