import { join } from "node:path";
import type { Row } from "../report.ts";
import type { BenchPlace, ServerProgram } from "./programs.ts";
import { drive } from "./drive.ts";
import { median } from "../measure.ts";
import { openFilesOf, residentOf, sizeOfFile, startFloor, startGateway } from "./programs.ts";
import { toRow } from "../report.ts";

const pace = 20;
const stretchSeconds = 10;

/** One look at the process. */
interface Look {
  readonly hours: number;
  readonly resident: number;
  readonly files: number;
  readonly log: number;
}

/**
 * A gateway under a steady load for so many minutes: does it grow, does it
 * leak, is its log bounded. The first sixth of the time is its warm-up. The
 * floor is under the same load beside it: what its memory does in that time is
 * what Node does by itself.
 */
export async function soak(place: BenchPlace, minutes: number): Promise<readonly Row[]> {
  const home = join(place.root, "soak");
  const floor = await startFloor(place);
  const gateway = await startGateway(place, { memory: true, home });
  const looks: Look[] = [];
  const floorLooks: Look[] = [];
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 60_000;
  try {
    for (let stretch = 0; elapsed() < minutes; stretch += 1) {
      await Promise.all([gateway, floor].map((server) => drive(server, { sessions: 20, seconds: stretchSeconds, name: `soak-${stretch}`, pace })));
      looks.push(await look(gateway, elapsed() / 60, join(home, "state", "omni.db-wal")));
      floorLooks.push(await look(floor, elapsed() / 60));
      if (stretch % 6 === 0) process.stderr.write(`${elapsed().toFixed(0)} of ${minutes} minutes: ${looks.at(-1)?.resident.toFixed(0)} MB, the floor ${floorLooks.at(-1)?.resident.toFixed(0)} MB\n`);
    }
  } finally {
    await Promise.all([gateway, floor].map((each) => each.stop()));
  }
  const settle = (all: readonly Look[]): readonly Look[] => all.filter((each) => each.hours * 60 >= minutes / 6);
  const settled = settle(looks);
  const filesOf = (part: readonly Look[]): number => median(part.map((each) => each.files));
  const half = Math.floor(settled.length / 2);
  return [
    toRow(`memory at ${pace} turns a second for ${minutes} minutes, slope after the first sixth`, { value: toSlope(settled), bound: 1, unit: "MB/h", floor: toSlope(settle(floorLooks)), detail: `${toSpan(settled)}; the floor's from ${toSpan(settle(floorLooks))}` }),
    toRow("open files, its second half less its first", { value: filesOf(settled.slice(half)) - filesOf(settled.slice(0, half)), bound: 0, unit: "files", detail: `${filesOf(settled)}` }),
    toRow("the store's log at its largest", { value: Math.max(...settled.map((each) => each.log)), bound: 32, unit: "MB" }),
  ];
}

async function look(server: ServerProgram, hours: number, log?: string): Promise<Look> {
  return { hours, resident: await residentOf(server), files: await openFilesOf(server), log: log === undefined ? 0 : (await sizeOfFile(log)) / 1_048_576 };
}

function toSpan(looks: readonly Look[]): string {
  return `${looks[0]?.resident.toFixed(0)} to ${looks.at(-1)?.resident.toFixed(0)} MB`;
}

/** MB an hour by the median of all pairs of looks (Theil and Sen), which a collection here and there does not move. */
function toSlope(looks: readonly Look[]): number {
  const slopes = looks.flatMap((left, index) => looks.slice(index + 1).map((right) => (right.resident - left.resident) / (right.hours - left.hours)));
  return median(slopes);
}
