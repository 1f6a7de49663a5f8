import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { WorldOptions } from "./utility-world.ts";
import { runWorld } from "./utility-world.ts";

// `pnpm bench:utility [--seeds 20] [--groups 2] [--first 1] [--out FILE]`: does recall learn what helps, and at what reward noise, harm and drift?
const { values } = parseArgs({
  options: { seeds: { type: "string", default: "20" }, groups: { type: "string", default: "2" }, first: { type: "string", default: "1" }, out: { type: "string" } },
});

/** Epochs of a run, and after a swap; what is learned by then counts as settled. */
const epochs = 10;
const epochsAfter = 4;

/** One line of the table: the number that must reach something, if anything must. */
interface Row {
  readonly what: string;
  readonly rates: readonly number[];
  readonly value: number;
  readonly least?: number;
}

/** The rate of every epoch, the mean of all seeds. */
async function measure(seeds: readonly number[], world: Omit<WorldOptions, "seed">): Promise<readonly number[]> {
  const runs: (readonly number[])[] = [];
  for (const seed of seeds) runs.push(await runWorld({ epochs, ...world, seed }));
  return (runs[0] ?? []).map((_, epoch) => mean(runs.map((run) => run[epoch] ?? 0)));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}

/** What a swap before the epoch costs: the rates up to it as one row, and the share of the last of them that is back after it. */
function toRecovered(what: string, rates: readonly number[], swap: number): Row {
  const after = rates.slice(swap, swap + epochsAfter);
  const share = Math.max(...after) / (rates[swap - 1] ?? 0);
  return { what: `${what}, half of the good and the harmful swap: best of the 4 epochs after ÷ the epoch before`, rates: [rates[swap - 1] ?? 0, ...after], value: share, least: 0.9 };
}

async function measureGroup(seeds: readonly number[]): Promise<readonly Row[]> {
  const settled = { epochs: epochs + epochsAfter, driftBefore: epochs };
  const similar = await measure(seeds, { memory: { utilityWeight: 0 } });
  const roadmap = await measure(seeds, { memory: { utilityWeight: 0.3, mostExperiences: 5, leastBeside: 0, mostUntried: 5, learningRate: 0.2, credit: "own" } });
  const plain = await measure(seeds, settled);
  const noisy = await measure(seeds, { ...settled, noise: 0.2 });
  const early = await measure(seeds, { epochs: 5 + epochsAfter, driftBefore: 5 });
  const none = await measure(seeds, { policy: "none", good: 0.2, harmful: 0.6 });
  const harmed = await measure(seeds, { good: 0.2, harmful: 0.6 });
  const oracle = await measure(seeds, { policy: "oracle" });
  const last = (rates: readonly number[]): number => rates[epochs - 1] ?? 0;
  const toRow = (what: string, rates: readonly number[], least?: number): Row => ({ what, rates: rates.slice(0, epochs), value: last(rates), ...(least === undefined ? {} : { least }) });
  return [
    toRow("no memory", none),
    toRow("similarity alone (λ 0)", similar),
    toRow("the preset `roadmap`", roadmap),
    toRow("the defaults (η 0)", plain, Math.max(0.73, last(similar) + 0.3)),
    toRow("the defaults, a fifth of the rewards false (η .2)", noisy, 0.63),
    toRecovered("η 0, settled for 10 epochs", plain, epochs),
    toRecovered("η .2, settled for 10 epochs", noisy, epochs),
    toRecovered("η 0, settled for 5 epochs", early, 5),
    toRow("the defaults, 60 % harmful: last epoch, against no memory", harmed, last(none)),
    { what: "the same: all ten epochs, against no memory", rates: harmed, value: mean(harmed), least: mean(none) },
    { what: "the same: first epoch, against no memory", rates: harmed.slice(0, 1), value: harmed[0] ?? 0, least: none[0] ?? 0 },
    { what: "the same: first epoch at which it is above no memory", rates: harmed.map((rate, epoch) => rate - (none[epoch] ?? 0)), value: 1 + harmed.findIndex((rate, epoch) => rate >= (none[epoch] ?? 0)) },
    toRow("what truly helps (oracle)", oracle),
  ];
}

const size = Number(values.seeds);
const results = [];
for (let group = 0; group < Number(values.groups); group++) {
  const seeds = Array.from({ length: size }, (_, index) => Number(values.first) + group * size + index);
  const rows = await measureGroup(seeds);
  console.log(`\nSeeds ${seeds[0]} to ${seeds.at(-1)}:\n\n| what | rates | measured | at least | holds |\n| --- | --- | --- | --- | --- |`);
  for (const { what, rates, value, least } of rows) {
    const verdict = least === undefined ? "| |" : `${least.toFixed(3)} | ${value >= least ? "yes" : "**no**"} |`;
    console.log(`| ${what} | ${rates.map((rate) => rate.toFixed(2)).join(" ")} | ${value.toFixed(3)} | ${verdict}`);
  }
  results.push({ seeds, rows: rows.map((row) => (row.least === undefined ? row : { ...row, holds: row.value >= row.least })) });
}
if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify({ groups: results }, undefined, 2)}\n`);
