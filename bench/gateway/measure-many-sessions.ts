import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import { createHost } from "@omni/runtime";
import { createSqliteStore, sqliteStoreOptions } from "@omni/store-sqlite";
import type { DurableEvent, TurnInput } from "@omni/core";
import type { Row } from "../report.ts";
import type { BenchPlace } from "./programs.ts";
import { drive } from "./drive.ts";
import { median } from "../measure.ts";
import { startGateway } from "./programs.ts";
import { toRow } from "../report.ts";

const sessions = 100_000;
const starts = 7;

/** What a hundred thousand sessions on disk cost the start and a turn, over none. */
export async function measureManySessions(place: BenchPlace, seconds: number): Promise<readonly Row[]> {
  const full = join(place.root, "full");
  const empty = join(place.root, "empty");
  await fill(full);
  const startsOf = { full: [] as number[], empty: [] as number[] };
  const turnsOf = { full: [] as number[], empty: [] as number[] };
  for (let round = -1; round < starts; round += 1) {
    for (const [name, home] of [["full", full], ["empty", empty]] as const) {
      const gateway = await startGateway(place, { memory: false, home });
      const { latencies } = await drive(gateway, { sessions: 1, seconds, name: `${name}-${round}` });
      await gateway.stop();
      if (round < 0) continue;
      startsOf[name].push(gateway.startMs);
      turnsOf[name].push(median(latencies));
    }
  }
  const ratio = median(turnsOf.full.map((each, index) => each / (turnsOf.empty[index] ?? Number.NaN)));
  return [
    toRow(`what ${sessions.toLocaleString("en")} sessions on disk add to the start`, { value: median(startsOf.full.map((each, index) => each - (startsOf.empty[index] ?? 0))), bound: 50, unit: "ms", detail: `${median(startsOf.full).toFixed(0)} and ${median(startsOf.empty).toFixed(0)} ms` }),
    toRow("a turn with them ÷ a turn without", { value: ratio, bound: 1.2, unit: "×", detail: `${median(turnsOf.full).toFixed(1)} and ${median(turnsOf.empty).toFixed(1)} ms` }),
  ];
}

/** Writes the sessions, one ended turn each, as the gateway would have. */
async function fill(home: string): Promise<void> {
  const state = join(home, "state");
  await mkdir(state, { recursive: true, mode: 0o700 });
  const host = createHost({ paths: { home, state, workspace: home } });
  const store = await createSqliteStore(sqliteStoreOptions.parse({}), host);
  try {
    const instance = await store.join({ kind: "bench", pid: process.pid });
    const together = 200;
    for (let start = 0; start < sessions; start += together) {
      await Promise.all(
        Array.from({ length: together }, async (_, index) => {
          const number = start + index;
          const turnId = `turn-${number}`;
          const sessionId = `http:old-${number}`;
          const input: TurnInput = { turnId, sessionId, text: `What was said in session ${number}.`, principal: { id: "token:old", scopes: ["chat"] }, autonomy: "supervised", workspace: home, origin: "http", interactive: false, at: number };
          await store.accept({ input, channel: "http", platformId: turnId, queueLimit: 10 });
          const claim = await store.claim(turnId, instance.id);
          if (claim.result !== "claimed") throw new Error(`a turn of the benchmark is ${claim.result}`);
          const end: DurableEvent = { type: "turn-end", status: "completed", sessionId, turnId, output: "It was said.", rounds: 1, toolCalls: [], usage: { inputTokens: 1, outputTokens: 1 }, error: null, tokens: 20, at: number };
          await store.append(turnId, claim.fence, [end]);
        }),
      );
    }
    await instance.leave();
  } finally {
    await store.close();
    await host.close();
  }
}
