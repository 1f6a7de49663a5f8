import { join } from "node:path";
import type { Row } from "../report.ts";
import type { BenchPlace } from "./programs.ts";
import { drive } from "./drive.ts";
import { median } from "../measure.ts";
import { openFilesOf, residentOf, sizeOfFile, startGateway } from "./programs.ts";
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

/** A gateway under a steady load for so many minutes: does it grow, does it leak, is its log bounded. The first sixth of the time is its warm-up. */
export async function soak(place: BenchPlace, minutes: number): Promise<readonly Row[]> {
  const home = join(place.root, "soak");
  const gateway = await startGateway(place, { memory: true, home });
  const looks: Look[] = [];
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 60_000;
  try {
    for (let stretch = 0; elapsed() < minutes; stretch += 1) {
      await drive(gateway, { sessions: 20, seconds: stretchSeconds, name: `soak-${stretch}`, pace });
      looks.push({ hours: elapsed() / 60, resident: await residentOf(gateway), files: await openFilesOf(gateway), log: (await sizeOfFile(join(home, "state", "omni.db-wal"))) / 1_048_576 });
      if (stretch % 6 === 0) process.stderr.write(`${elapsed().toFixed(0)} of ${minutes} minutes: ${looks.at(-1)?.resident.toFixed(0)} MB\n`);
    }
  } finally {
    await gateway.stop();
  }
  const settled = looks.filter((look) => look.hours * 60 >= minutes / 6);
  const filesOf = (part: readonly Look[]): number => median(part.map((look) => look.files));
  const half = Math.floor(settled.length / 2);
  return [
    toRow(`memory at ${pace} turns a second for ${minutes} minutes, slope after the first sixth`, { value: toSlope(settled), bound: 1, unit: "MB/h", detail: `${settled[0]?.resident.toFixed(0)} to ${settled.at(-1)?.resident.toFixed(0)} MB` }),
    toRow("open files, its second half less its first", { value: filesOf(settled.slice(half)) - filesOf(settled.slice(0, half)), bound: 0, unit: "files", detail: `${filesOf(settled)}` }),
    toRow("the store's log at its largest", { value: Math.max(...settled.map((look) => look.log)), bound: 32, unit: "MB" }),
  ];
}

/** MB an hour by the median of all pairs of looks (Theil and Sen), which a collection here and there does not move. */
function toSlope(looks: readonly Look[]): number {
  const slopes = looks.flatMap((left, index) => looks.slice(index + 1).map((right) => (right.resident - left.resident) / (right.hours - left.hours)));
  return median(slopes);
}
