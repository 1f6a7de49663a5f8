import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Row } from "../report.ts";
import type { BenchPlace } from "./programs.ts";
import { measureDurableTurns } from "./measure-durable-turns.ts";
import { measureFullMemory } from "./measure-full-memory.ts";
import { measureIdleSockets } from "./measure-idle-sockets.ts";
import { measureManySessions } from "./measure-many-sessions.ts";
import { measureStreaming } from "./measure-streaming.ts";
import { measureThroughput } from "./measure-throughput.ts";
import { openPlace } from "./programs.ts";
import { soak } from "./soak.ts";
import { toTable } from "../report.ts";

const { values } = parseArgs({ options: { out: { type: "string" }, only: { type: "string", default: "throughput,durable,streaming,sockets,sessions,memory" }, seconds: { type: "string", default: "2" }, minutes: { type: "string", default: "60" } } });
const seconds = Number(values.seconds);

const parts: Readonly<Record<string, (place: BenchPlace) => Promise<readonly Row[]>>> = {
  throughput: (place) => measureThroughput(place, seconds),
  durable: (place) => measureDurableTurns(place, seconds),
  streaming: measureStreaming,
  sockets: measureIdleSockets,
  sessions: (place) => measureManySessions(place, seconds),
  memory: measureFullMemory,
  soak: (place) => soak(place, Number(values.minutes)),
};

/** Prints what the gateway takes over the least that a durable answer takes, as a table, and as JSON into `--out FILE`. Build first. `--only soak --minutes 60` is the long run. */
const rows: Row[] = [];
for (const name of values.only.split(",")) {
  const measure = parts[name];
  if (measure === undefined) throw new Error(`--only takes ${Object.keys(parts).join(", ")}; ${JSON.stringify(name)} is none of them`);
  const place = await openPlace();
  try {
    rows.push(...(await measure(place)));
  } finally {
    await place.close();
  }
  process.stderr.write(`${name} is measured\n`);
}
console.log(toTable(rows));
if (values.out !== undefined) {
  const path = resolve(values.out);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(rows, null, 2)}\n`);
}
