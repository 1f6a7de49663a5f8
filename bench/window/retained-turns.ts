import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DurableEvent, Store, TurnInput } from "@omni/core";
import { createHost } from "@omni/runtime";
import { createRingWindow } from "@omni/window-ring";
import { createSqliteStore, sqliteStoreOptions } from "@omni/store-sqlite";
import type { Row } from "../report.ts";
import { toRow } from "../report.ts";

const turns = 10_000;
const turnBytes = 50_000;
const capacity = 2_048;
const checked = 64;
const session = "bench:retained";

/** Ten thousand turns of 50 KB in one session: what stays in the heap, and whether what the window still points at is what was said. */
export async function measureRetainedTurns(): Promise<readonly Row[]> {
  const root = await mkdtemp(join(tmpdir(), "omni-bench-"));
  const state = join(root, "state");
  await mkdir(state, { mode: 0o700 });
  const host = createHost({ paths: { home: root, state, workspace: root } });
  const store = await createSqliteStore(sqliteStoreOptions.parse({}), host);
  try {
    const instance = await store.join({ kind: "bench", pid: process.pid });
    const window = createRingWindow({ capacity, consolidateAt: capacity, consolidateBatch: 32 }).open(session, { totalTurns: 0, totalToolCalls: 0, slots: [] });
    await recordTurn(store, instance.id, 0);
    const before = toHeap();
    for (let turn = 1; turn < turns; turn += 1) {
      await recordTurn(store, instance.id, turn);
      window.append({ turnId: `t${turn}`, checkpointId: `t${turn}`, toolCalls: 0, tokens: turnBytes / 4, at: turn });
    }
    const growth = (toHeap() - before) / 1_048_576;
    const held = window.recent(capacity);
    const step = Math.floor(held.length / checked);
    let wrong = 0;
    for (let index = 0; index < held.length; index += step) {
      const slot = held[index];
      if (slot === undefined) continue;
      const end = (await store.events(slot.checkpointId)).findLast((event) => event.type === "turn-end");
      if (toHash(end?.output ?? "") !== toHash(toOutput(Number(slot.turnId.slice(1))))) wrong += 1;
    }
    const { totalTurns, used } = window.stats();
    return [
      toRow(`heap after ${turns.toLocaleString("en")} turns of 50 KB`, { value: growth, bound: 32, unit: "MB", detail: `${used} slots held, ${totalTurns} counted` }),
      toRow("retained turns that differ from what was said", { value: wrong, bound: 0, unit: "turns", detail: `${checked} looked at` }),
    ];
  } finally {
    await store.close();
    await host.close();
    await rm(root, { recursive: true, force: true });
  }
}

async function recordTurn(store: Store, instanceId: string, number: number): Promise<void> {
  const turnId = `t${number}`;
  const input: TurnInput = { turnId, sessionId: session, text: `number ${number}`, principal: { id: "owner", scopes: ["chat"] }, autonomy: "full", workspace: "/", origin: "bench", interactive: false, at: number };
  await store.accept({ input, channel: "bench", platformId: turnId, queueLimit: 10 });
  const claim = await store.claim(turnId, instanceId);
  if (claim.result !== "claimed") throw new Error(`the turn ${turnId} is ${claim.result}`);
  const end: DurableEvent = { type: "turn-end", status: "completed", sessionId: session, turnId, output: toOutput(number), rounds: 1, toolCalls: [], usage: { inputTokens: 1, outputTokens: 1 }, error: null, tokens: turnBytes / 4, at: number };
  await store.append(turnId, claim.fence, [end]);
}

/** Text that is another one for each turn, and does not compress into nothing. */
function toOutput(number: number): string {
  const seed = toHash(`turn ${number}`);
  return seed.repeat(Math.ceil(turnBytes / seed.length)).slice(0, turnBytes);
}

function toHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Bytes in use once the collector has run; needs --expose-gc, else it is what it is. */
function toHeap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
