import type { Row } from "../report.ts";
import type { BenchPlace, ServerProgram } from "./programs.ts";
import type { Drive, DriveOptions } from "./drive.ts";
import { drive } from "./drive.ts";
import { median, quantile } from "../measure.ts";
import { startFloor, startGateway } from "./programs.ts";
import { toRow } from "../report.ts";
import { watchHealth } from "./watch-health.ts";

const clients = 64;
const pairs = 5;
const checkEveryMs = 10;

/** Durable turns a second and how long one takes, over a floor that does the least, in turn: A B A B. */
export async function measureThroughput(place: BenchPlace, seconds: number): Promise<readonly Row[]> {
  const floor = await startFloor(place);
  const bare = await startGateway(place, { memory: false });
  const remembering = await startGateway(place, { memory: true });
  try {
    const one = await drivePairs([bare, floor, remembering], { sessions: 1, seconds });
    const many = await drivePairs([bare, floor, remembering], { sessions: clients, seconds });
    const [bareOne = [], floorOne = [], memoryOne = []] = one;
    const [bareMany = [], floorMany = [], memoryMany = []] = many;
    const full = median(bareMany.map((each) => each.rate));
    const checked = await checkHealth([bare, floor], { paces: [full / 2, median(floorMany.map((each) => each.rate)) / 2], seconds });
    const p = (drives: readonly Drive[], share: number): number => median(drives.map((each) => quantile(each.latencies, share)));
    const ratio = (left: readonly Drive[], right: readonly Drive[], of: (each: Drive) => number): number => median(left.map((each, index) => of(each) / of(right[index] ?? each)));
    return [
      toRow(`turns a second at ${clients} sessions: the floor's ÷ the gateway's`, { value: ratio(floorMany, bareMany, (each) => each.rate), bound: 2, unit: "×", detail: `${median(floorMany.map((each) => each.rate)).toFixed(0)} and ${full.toFixed(0)} a second` }),
      toRow("a turn of one client, p50, the gateway's ÷ the floor's", { value: ratio(bareOne, floorOne, (each) => median(each.latencies)), bound: 3, unit: "×", detail: `${p(bareOne, 0.5).toFixed(1)} and ${p(floorOne, 0.5).toFixed(1)} ms` }),
      toRow("the same, p99", { value: ratio(bareOne, floorOne, (each) => quantile(each.latencies, 0.99)), bound: 5, unit: "×", detail: `${p(bareOne, 0.99).toFixed(1)} and ${p(floorOne, 0.99).toFixed(1)} ms` }),
      toRow("what memory adds to a turn of one client, p50", { value: median(memoryOne.map((each, index) => median(each.latencies) - median(bareOne[index]?.latencies ?? []))), bound: 5, unit: "ms", detail: `${median(memoryMany.map((each) => each.rate)).toFixed(0)} turns a second at ${clients} sessions` }),
      toRow("a health check at half load, p99", { value: checked.half[0] ?? Number.NaN, bound: 5, unit: "ms", floor: checked.half[1], detail: `the floor's at half of its own load ${checked.half[1]?.toFixed(1)} ms` }),
      toRow("a health check saturated, p99", { value: checked.full[0] ?? Number.NaN, bound: 25, unit: "ms", floor: checked.full[1], detail: `the floor's ${checked.full[1]?.toFixed(1)} ms` }),
    ];
  } finally {
    await Promise.all([floor, bare, remembering].map((each) => each.stop()));
  }
}

/** The p99 of health checks of each server, in milliseconds, at a pace of its own and at full load. */
async function checkHealth(servers: readonly ServerProgram[], { paces, seconds }: { readonly paces: readonly number[]; readonly seconds: number }): Promise<{ readonly half: readonly number[]; readonly full: readonly number[] }> {
  const half = servers.map((): number[] => []);
  const full = servers.map((): number[] => []);
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const [index, server] of servers.entries()) {
      const options = { sessions: clients, seconds: seconds * 2 };
      half[index]?.push(quantile(await checkDuring(server, { ...options, name: `half-${pair}`, ...(paces[index] === undefined ? {} : { pace: paces[index] }) }), 0.99));
      full[index]?.push(quantile(await checkDuring(server, { ...options, name: `full-${pair}` }), 0.99));
    }
  }
  return { half: half.map(median), full: full.map(median) };
}

/** What health checks take during a stretch of load, in milliseconds. */
async function checkDuring(server: ServerProgram, load: DriveOptions): Promise<readonly number[]> {
  const watch = await watchHealth(server.url, checkEveryMs);
  await drive(server, load);
  return watch.end();
}

/** Drives all servers in turn, a few times; the first time is not counted. */
async function drivePairs(servers: readonly ServerProgram[], { sessions, seconds }: { readonly sessions: number; readonly seconds: number }): Promise<readonly (readonly Drive[])[]> {
  const drives = servers.map((): Drive[] => []);
  for (let pair = 0; pair <= pairs; pair += 1) {
    for (const [index, server] of servers.entries()) {
      const each = await drive(server, { sessions, seconds, name: `s${sessions}-p${pair}` });
      if (pair > 0) drives[index]?.push(each);
    }
  }
  return drives;
}
