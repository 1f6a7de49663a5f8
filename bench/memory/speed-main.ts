import { parseArgs } from "node:util";
import type { Row } from "../report.ts";
import { quantile } from "../measure.ts";
import { toRow, toTable } from "../report.ts";
import { measureSpeed } from "./measure-speed.ts";

// `pnpm bench:memory-speed [--episodes 10000,100000]`: how long storing and recalling take, and what they keep others from.
const { values } = parseArgs({ options: { episodes: { type: "string", default: "10000,100000" } } });
const rows: Row[] = [];
for (const episodes of values.episodes.split(",").map(Number)) {
  const isLarge = episodes > 10_000;
  const residents: number[] = [];
  for (const vectors of [false, true]) {
    const { store, early, recall, health, firstRecall, resident, fileBytes } = await measureSpeed(episodes, vectors);
    const what = (name: string): string => `${episodes} episodes, words${vectors ? " and vectors" : ""}: ${name}`;
    rows.push(
      toRow(what("recall p50"), { value: quantile(recall, 0.5), bound: isLarge ? 8 : 5, unit: "ms", detail: `of the first 300 ${quantile(early, 0.5).toFixed(1)}` }),
      toRow(what("recall p95"), { value: quantile(recall, 0.95), bound: isLarge ? 15 : 5, unit: "ms", detail: `of the first 300 ${quantile(early, 0.95).toFixed(1)}` }),
      toRow(what("health check beside recalls p99"), { value: quantile(health, 0.99), bound: 20, unit: "ms" }),
      toRow(what("store p50"), { value: quantile(store, 0.5), bound: 2, unit: "ms", detail: `p95 ${quantile(store, 0.95).toFixed(2)}` }),
      toRow(what("made and first recall"), { value: firstRecall, bound: 100, unit: "ms" }),
      toRow(what("resident, of a process that only recalls"), { value: resident / 1_048_576, bound: Infinity, unit: "MB", detail: `file ${(fileBytes / 1_048_576).toFixed(0)} MB` }),
    );
    residents.push(resident / 1_048_576);
  }
  const [words = 0, both = 0] = residents;
  rows.push(toRow(`${episodes} episodes: what vectors add to it`, { value: both - words, bound: 60, unit: "MB" }));
}
console.log(toTable(rows));
