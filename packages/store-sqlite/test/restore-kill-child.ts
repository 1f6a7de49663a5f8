import { createCountingRandom, createFakeHost } from "@omni/testkit/fakes";
import type { SqlDriver, SqlStatement } from "../src/database.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { migrations } from "../src/migrations.ts";
import { openSqliteStore } from "../src/create-sqlite-store.ts";
import { startCheckpointWorker } from "../src/start-checkpoint-worker.ts";

// A process that restores a copy and dies by SIGKILL just before its nth statement after the restore began; prints how many there were when it lives.
const [state = "", copy = "", last = "0"] = process.argv.slice(2);
let isCounting = false;
let count = 0;

function step(): void {
  if (!isCounting) return;
  count += 1;
  if (count === Number(last)) process.kill(process.pid, "SIGKILL");
}

const driver = await loadBetterSqlite3();
const watched = (statement: SqlStatement): SqlStatement => ({
  run: (...values) => (step(), statement.run(...values)),
  get: (...values) => (step(), statement.get(...values)),
  all: (...values) => (step(), statement.all(...values)),
});
const watching: SqlDriver = {
  open(path, options) {
    const connection = driver.open(path, options);
    return { prepare: (sql) => watched(connection.prepare(sql)), exec: (sql) => (step(), connection.exec(sql)), close: () => connection.close() };
  },
};
const host = createFakeHost({ paths: { home: state, state, workspace: state }, random: createCountingRandom(5) });
const store = openSqliteStore({ busyTimeoutMs: 2_000 }, host, { driver: watching, migrations, startCheckpointWorker, startScrubWorker: startCheckpointWorker });
isCounting = true;
await store.restore?.(copy);
isCounting = false;
await store.close();
console.log(count);
