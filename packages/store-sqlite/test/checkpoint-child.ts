import { createCountingRandom, createFakeHost } from "@omni/testkit/fakes";
import { begin, newTurn, step } from "./store-home.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { migrations } from "../src/migrations.ts";
import { openSqliteStore } from "../src/create-sqlite-store.ts";
import { startCheckpointWorker } from "../src/start-checkpoint-worker.ts";

// A process with a worker that has made a checkpoint, and nothing else to do: `close` waits for the store's end, `erase` for the end of a deletion, `leave` for nothing.
const [mode = "", state = ""] = process.argv.slice(2);
const host = createFakeHost({ paths: { home: state, state, workspace: state }, random: createCountingRandom() });
const made = Promise.withResolvers<void>();
const store = openSqliteStore({ busyTimeoutMs: 2_000 }, host, {
  driver: await loadBetterSqlite3(),
  migrations,
  startScrubWorker: startCheckpointWorker,
  startCheckpointWorker(place) {
    const worker = startCheckpointWorker(place);
    return { ...worker, checkpoint: () => worker.checkpoint().then(made.resolve) };
  },
});
const fence = await begin(store, (await store.join({ kind: "test", pid: process.pid })).id, "t1");
for (let index = 0; index < 70; index += 1) await store.append("t1", fence, [step("x".repeat(80_000))]);
// The worker keeps no process alive, so something else must until it has answered.
const other = setInterval(() => undefined, 1_000);
await made.promise;
clearInterval(other);
console.log("made");
if (mode === "erase") {
  await store.accept(newTurn("t2", "test:two"));
  await store.cancelQueued("t2", 1);
  console.log(await store.deleteSession("test:two", 1));
}
if (mode === "close") {
  await store.close();
  console.log("closed");
}
