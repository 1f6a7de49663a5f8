import { writeSync } from "node:fs";
import { createCountingRandom, createFakeHost } from "@omni/testkit/fakes";
import type { Store } from "@omni/core";
import { begin, newTurn, step, turnEnd } from "./store-home.ts";
import { createSqliteStore, sqliteStoreOptions } from "../src/index.ts";
import { tickingClock } from "./ticking-clock.ts";

/** A process of its own for tests: `node kill-child.ts MODE STATE SEED`. Every line it prints was durable before. */
const [mode = "", state = "", seed = "1"] = process.argv.slice(2);

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);

/** Accepts, claims and appends for ever. */
async function work(store: Store): Promise<never> {
  const me = await store.join({ kind: "test", pid: process.pid });
  const lock = await store.lock("gateway", { pid: process.pid });
  say({ joined: me.id, lock: lock.held });
  const sessionId = `test:work-${seed}`;
  for (let turn = 1; ; turn++) {
    const turnId = `${seed}-${turn}`;
    await store.accept(newTurn(`${turnId}-queued`, "test:queued"));
    say({ accepted: `${turnId}-queued` });
    const fence = await begin(store, me.id, turnId, sessionId);
    say({ accepted: turnId });
    for (let index = 1; index <= 5; index++) {
      await store.append(turnId, fence, [step(`${turnId}.${index}`)]);
      say({ turnId, appended: index });
    }
    await store.append(turnId, fence, [turnEnd(turnId, sessionId)]);
    say({ turnId, ended: true });
  }
}

/** Opens, accepts one message and closes. */
async function once(store: Store): Promise<void> {
  say(await store.accept(newTurn(`turn-${seed}`)));
  await store.close();
}

const host = createFakeHost({ paths: { home: state, state, workspace: state }, random: createCountingRandom(Number(seed)) });
const store = await createSqliteStore(sqliteStoreOptions.parse({ busyTimeoutMs: 10_000 }), { ...host, clock: tickingClock });
await (mode === "work" ? work(store) : once(store));
