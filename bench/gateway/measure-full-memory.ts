import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createHost } from "@omni/runtime";
import { createSqliteMemory, sqliteMemoryOptions } from "@omni/memory-sqlite";
import type { Row } from "../report.ts";
import type { BenchPlace } from "./programs.ts";
import { drive } from "./drive.ts";
import { median } from "../measure.ts";
import { startGateway } from "./programs.ts";
import { toRow } from "../report.ts";

const episodes = 100_000;
const starts = 7;

/** What a hundred thousand memories cost the start and the first turn, over none. Words alone: their vectors would be made at the same time. */
export async function measureFullMemory(place: BenchPlace): Promise<readonly Row[]> {
  const homes = { full: join(place.root, "remembering"), empty: join(place.root, "forgetful") };
  await fill(homes.full);
  const startsOf = { full: [] as number[], empty: [] as number[] };
  const firstsOf = { full: [] as number[], empty: [] as number[] };
  for (let round = -1; round < starts; round += 1) {
    for (const name of ["full", "empty"] as const) {
      const gateway = await startGateway(place, { memory: true, embedder: false, home: homes[name] });
      const { latencies } = await drive(gateway, { sessions: 1, seconds: 0.001, name: `${name}-${round}` });
      await gateway.stop();
      if (round < 0) continue;
      startsOf[name].push(gateway.startMs);
      firstsOf[name].push(latencies[0] ?? Number.NaN);
    }
  }
  const added = ({ full, empty }: typeof startsOf): number => median(full.map((each, index) => each - (empty[index] ?? 0)));
  return [
    toRow(`what ${episodes.toLocaleString("en")} memories add to the start`, { value: added(startsOf), bound: 50, unit: "ms", detail: `${median(startsOf.full).toFixed(0)} and ${median(startsOf.empty).toFixed(0)} ms` }),
    toRow("what they add to the first turn", { value: added(firstsOf), bound: 50, unit: "ms", detail: `${median(firstsOf.full).toFixed(0)} and ${median(firstsOf.empty).toFixed(0)} ms` }),
  ];
}

/** Stores them as the product does, in the scope that a turn of the benchmark looks in. */
async function fill(home: string): Promise<void> {
  const state = join(home, "state");
  await mkdir(state, { recursive: true, mode: 0o700 });
  const host = createHost({ paths: { home, state, workspace: home } });
  const memory = createSqliteMemory(sqliteMemoryOptions.parse({}), host);
  const together = 2_000;
  try {
    for (let start = 0; start < episodes; start += together) {
      await Promise.all(
        Array.from({ length: together }, (_, index) => {
          const number = start + index;
          const text = `In week ${number % 53} the ${words[number % words.length]} of harbour ${number % 977} met the ${words[(number * 7) % words.length]} about order ${number}.`;
          return memory.store({ kind: "passage", text, speaker: "Ada", at: number * 1_000, source: { sessionId: "http:full-0-0-0", trusted: true }, scope: { scope: "session", owner: "http:full-0-0-0" } });
        }),
      );
    }
  } finally {
    await memory.close();
    await host.close();
  }
}

const words = ["captain", "baker", "weather", "talk", "sea", "miller", "teacher", "mayor", "doctor", "painter", "gardener", "turn"];
