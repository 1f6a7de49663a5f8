import type { SqlDriver, SqlStatement } from "../src/database.ts";
import { checkArrival } from "../src/arrival.ts";
import { createEngine } from "../src/engine.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { migrations } from "../src/migrations.ts";
import { openMemoryDatabase } from "../src/open-memory-database.ts";
import { sqliteMemoryOptions } from "../src/index.ts";
import { toDatabaseFile } from "../src/database-file.ts";

// A process that dies by SIGKILL just before its nth statement. Prints how many there were when it lives.
const [path = "", change = "", last = "0"] = process.argv.slice(2);
let left = Number(last);
let isCounting = false;
let count = 0;

function step(): void {
  if (!isCounting) return;
  count += 1;
  left -= 1;
  if (left === 0) process.kill(process.pid, "SIGKILL");
}

function watched(statement: SqlStatement): SqlStatement {
  return {
    run: (...values) => (step(), statement.run(...values)),
    get: (...values) => (step(), statement.get(...values)),
    all: (...values) => (step(), statement.all(...values)),
    pluck: (isOn) => watched(statement.pluck(isOn)),
  };
}

const driver = await loadBetterSqlite3();
const watching: SqlDriver = {
  open(file, options) {
    const connection = driver.open(file, options);
    return { prepare: (sql) => watched(connection.prepare(sql)), exec: (sql) => (step(), connection.exec(sql)), close: () => connection.close() };
  },
};
isCounting = change === "create";
const engine = createEngine(openMemoryDatabase({ driver: watching, file: toDatabaseFile(path), migrations, busyTimeoutMs: 2_000 }), sqliteMemoryOptions.parse({}));
isCounting = true;
const scope = { scope: "user", owner: "me" } as const;
if (change === "store" || change === "create") {
  engine.store([checkArrival({ id: "new", now: 1, episode: { kind: "fact", text: "the anvil is heavy", at: 1, source: { trusted: true }, scope } })]);
} else if (change === "forget") {
  engine.forget([["kept-1"]]);
} else if (change === "reinforce") {
  engine.reinforce({ turnId: "t", ids: ["kept-1", "kept-2"], reward: 1 }, 1);
}
console.log(count);
