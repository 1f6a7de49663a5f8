import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "@omni/core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ScrubWorker } from "../src/scrub.ts";
import type { StoreHome } from "./store-home.ts";
import { createDatabase } from "../src/database.ts";
import { erase } from "../src/erase.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { longestNote, makeStoreHome, newTurn } from "./store-home.ts";
import { startCheckpointWorker } from "../src/start-checkpoint-worker.ts";

let home: StoreHome;
beforeEach(() => {
  home = makeStoreHome();
});
afterEach(() => home.dispose());

const isIn = (marker: string): boolean => readdirSync(home.state, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(marker));
const logSize = (): number => statSync(`${home.database}-wal`, { throwIfNoEntry: false })?.size ?? 0;

/** Takes a message in and back, so that its session can be deleted. */
async function plant(store: Store, sessionId: string): Promise<void> {
  await store.accept(newTurn(`turn of ${sessionId}`, sessionId, "PLANTED"));
  await store.cancelQueued(`turn of ${sessionId}`, 1);
}

/** Erases over a connection of its own. */
async function eraseBeside(sessionId: string, at: number): Promise<boolean> {
  const database = createDatabase((await loadBetterSqlite3()).open(home.database, { timeoutMs: 0 }), "omni.db");
  try {
    return database.transaction(() => erase(database, sessionId, at));
  } finally {
    database.close();
  }
}

/** Workers that have done their part when the test says so. */
function createSlowWorkers(): { readonly start: () => ScrubWorker; readonly said: string[]; go(): Promise<void> } {
  const said: string[] = [];
  let underWay = Promise.withResolvers<void>();
  return {
    said,
    start() {
      said.push("start");
      return {
        erase: async (sessionId, at) => (said.push("erase"), eraseBeside(sessionId, at)),
        vacuum: () => (said.push("vacuum"), underWay.promise),
        emptyLog: async () => (said.push("empty"), true),
        end: async () => void said.push("end"),
      };
    },
    async go() {
      underWay.resolve();
      underWay = Promise.withResolvers();
      await home.host.clock.advance(0);
    },
  };
}

describe("taking erased bytes out of the files", () => {
  it("is done by a thread of its own, and neither erasing nor vacuum nor emptying runs on this one", async () => {
    const driver = await loadBetterSqlite3();
    const statements: string[] = [];
    const store = await home.open({
      driver: {
        open(path, options) {
          const connection = driver.open(path, options);
          return { prepare: (sql) => (statements.push(sql), connection.prepare(sql)), exec: (sql) => (statements.push(sql), connection.exec(sql)), close: () => connection.close() };
        },
      },
    });
    await plant(store, "test:one");
    expect(await store.deleteSession("test:one", 1)).toBe(true);
    expect(statements.filter((sql) => /VACUUM|TRUNCATE|DELETE/.test(sql))).toEqual([]);
    expect([isIn("PLANTED"), logSize() <= longestNote, home.host.log.lines]).toEqual([false, true, []]);
  });

  it("lets reads go on and every write wait, however long it takes, and in order", async () => {
    const workers = createSlowWorkers();
    const store = await home.open({ startScrubWorker: workers.start }, 2_000);
    await plant(store, "test:one");
    const settled: string[] = [];
    const note = (name: string) => (): void => void settled.push(name);
    const deleting = store.deleteSession("test:one", 1).then(note("deleted"));
    await home.host.clock.advance(0);
    const all = [store.join({ kind: "test", pid: 1 }).then(note("joined")), store.lock("gateway", null).then(note("locked")), ...["t1", "t2"].map((id) => store.accept(newTurn(id, "test:two")).then(note(id)))];
    await home.host.clock.advance(60_000);
    expect([settled, workers.said, await store.unfinished()]).toEqual([[], ["start", "erase", "vacuum"], []]);
    await workers.go();
    await Promise.all([deleting, ...all]);
    expect(settled.toSorted()).toEqual(["deleted", "joined", "locked", "t1", "t2"]);
    expect(workers.said).toEqual(["start", "erase", "vacuum", "empty", "end"]);
    expect((await store.unfinished()).map((each) => each.input.turnId)).toEqual(["t1", "t2"]);
  });

  it("counts for nothing in how long a write waits for another process", async () => {
    const workers = createSlowWorkers();
    const store = await home.open({ startScrubWorker: workers.start }, 2_000);
    await plant(store, "test:one");
    const deleting = store.deleteSession("test:one", 1);
    await home.host.clock.advance(0);
    const accepted = store.accept(newTurn("t1", "test:two"));
    await home.host.clock.advance(10_000);
    const other = new Database(home.database);
    other.exec("BEGIN IMMEDIATE");
    await workers.go();
    await home.host.clock.advance(1_999);
    other.close();
    await home.host.clock.advance(16);
    expect(await accepted).toMatchObject({ result: "accepted" });
    await deleting;
  });

  it("is done for one session after another, and what waits is written in between", async () => {
    const workers = createSlowWorkers();
    const store = await home.open({ startScrubWorker: workers.start });
    await plant(store, "test:one");
    await plant(store, "test:two");
    const deleting = Promise.all([store.deleteSession("test:one", 1), store.deleteSession("test:two", 1)]);
    await home.host.clock.advance(0);
    const accepted = store.accept(newTurn("t1", "test:three"));
    await home.host.clock.advance(0);
    expect(workers.said).toEqual(["start", "erase", "vacuum"]);
    await workers.go();
    expect(workers.said).toEqual(["start", "erase", "vacuum", "empty", "end", "start", "erase", "vacuum"]);
    expect(await accepted).toMatchObject({ result: "accepted" });
    await workers.go();
    expect(await deleting).toEqual([true, true]);
  });

  it("holds the end of the store up until it is done", async () => {
    const workers = createSlowWorkers();
    const store = await home.open({ startScrubWorker: workers.start });
    await plant(store, "test:one");
    const settled: string[] = [];
    const deleting = store.deleteSession("test:one", 1).then(() => settled.push("deleted"));
    await home.host.clock.advance(0);
    const closing = store.close().then(() => settled.push("closed"));
    await home.host.clock.advance(10_000);
    expect(settled).toEqual([]);
    await workers.go();
    await Promise.all([deleting, closing]);
    expect(settled).toEqual(["deleted", "closed"]);
  });

  it.each([
    ["cannot be started", (): never => { throw new Error("no threads"); }],
    ["is lost before it has erased", (): ScrubWorker => ({ erase: () => Promise.reject(new Error("no threads")), vacuum: async () => undefined, emptyLog: async () => true, end: async () => undefined })],
    ["is lost between its erasing and its answer", (): ScrubWorker => ({ erase: async (...given) => (await eraseBeside(...given), Promise.reject(new Error("no threads"))), vacuum: async () => undefined, emptyLog: async () => true, end: async () => undefined })],
    ["is lost when it has erased", (): ScrubWorker => ({ erase: eraseBeside, vacuum: () => Promise.reject(new Error("no threads")), emptyLog: async () => true, end: async () => undefined })],
  ])("is done without a thread where one %s, and the log says so", async (_, startScrubWorker) => {
    const store = await home.open({ startScrubWorker });
    await plant(store, "test:one");
    expect(await store.deleteSession("test:one", 1)).toBe(true);
    expect([isIn("PLANTED"), logSize() <= longestNote]).toEqual([false, true]);
    expect(home.host.log.lines).toMatchObject([{ level: "warn", fields: { message: "no threads" } }]);
  });

  it("removes the copies of the store also where a thread is lost between its erasing and its answer", async () => {
    const store = await home.open({ startScrubWorker: () => ({ erase: async (...given) => (await eraseBeside(...given), Promise.reject(new Error("no threads"))), vacuum: async () => undefined, emptyLog: async () => true, end: async () => undefined }) });
    await plant(store, "test:one");
    mkdirSync(join(home.state, "backups"));
    writeFileSync(join(home.state, "backups", "omni-v1-1.db"), "PLANTED");
    expect(await store.deleteSession("test:one", 1)).toBe(true);
    expect(isIn("PLANTED")).toBe(false);
    expect(await store.deleteSession("test:one", 1)).toBe(false);
  });

  it("begins with what was asked for before the deletion, and refuses with a turn that has not ended", async () => {
    const store = await home.open();
    await plant(store, "test:one");
    const accepted = store.accept(newTurn("late", "test:one"));
    await expect(store.deleteSession("test:one", 1)).rejects.toMatchObject({ code: "session.busy" });
    expect(await accepted).toMatchObject({ result: "accepted" });
    const worker = startCheckpointWorker({ path: home.database, busyTimeoutMs: 0 });
    await expect(worker.erase("test:one", 1)).rejects.toMatchObject({ code: "session.busy", retryable: true, message: expect.stringContaining("late") as string });
    await worker.end();
    expect(isIn("PLANTED")).toBe(true);
  });

  it("is refused by the database as a store would say it, and the worker goes on", async () => {
    await home.open();
    const other = new Database(home.database);
    other.exec("BEGIN IMMEDIATE");
    const worker = startCheckpointWorker({ path: home.database, busyTimeoutMs: 0 });
    await expect(worker.vacuum()).rejects.toMatchObject({ code: "store.busy" });
    expect(await worker.emptyLog()).toBe(false);
    other.close();
    await worker.vacuum();
    expect(await worker.emptyLog()).toBe(true);
    await worker.end();
    await expect(worker.vacuum()).rejects.toThrow("the worker has ended");
  });
});
