import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Instance, Store } from "@omni/core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CheckpointWorker } from "../src/checkpoints.ts";
import type { HandWorker } from "./hand-worker.ts";
import type { StoreHome } from "./store-home.ts";
import { begin, longestNote, makeStoreHome, newTurn, step, turnEnd } from "./store-home.ts";
import { createHandWorker } from "./hand-worker.ts";
import { startCheckpointWorker } from "../src/start-checkpoint-worker.ts";

let home: StoreHome;
let worker: HandWorker;
beforeEach(() => {
  home = makeStoreHome();
  worker = createHandWorker(home.database);
});
afterEach(async () => {
  worker.letGo();
  await home.dispose();
});

interface WrittenTurn {
  readonly store: Store;
  readonly me: Instance;
  readonly fence: number;
  /** Writes to the turn, one commit after another. */
  write(commits: number, size: number): Promise<void>;
}

async function openTurn(start: (place: { readonly path: string; readonly busyTimeoutMs: number }) => CheckpointWorker = worker.start): Promise<WrittenTurn> {
  const store = await home.open({ startCheckpointWorker: start });
  const me = await store.join({ kind: "test", pid: 1 });
  const fence = await begin(store, me.id, "t1");
  return {
    store,
    me,
    fence,
    async write(commits, size) {
      for (let index = 0; index < commits; index += 1) await store.append("t1", fence, [step("x".repeat(size))]);
    },
  };
}

/** Pages in the log, and how many of them are in the database file. */
function look(): { readonly log: number; readonly checkpointed: number } {
  const connection = new Database(home.database, { readonly: true });
  const pages = connection.prepare<unknown[], { log: number; checkpointed: number }>("PRAGMA wal_checkpoint(NOOP)").get();
  connection.close();
  return pages ?? { log: 0, checkpointed: 0 };
}

/** Copies what is in the log now and not what `body` adds to it, as a checkpoint does while others write. */
async function copyDuring(body: () => Promise<void>): Promise<void> {
  const reader = openReader();
  await body();
  worker.copy();
  reader.close();
}

/** Another process that keeps reading what is there now. */
function openReader(): { close(): void } {
  const reader = new Database(home.database, { readonly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM turn").get();
  return { close: () => void reader.close() };
}

function startNone(): never {
  throw new Error("no threads");
}

const logSize = (): number => statSync(`${home.database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
const isIn = (marker: string): boolean => readdirSync(home.state, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(marker));

describe("checkpoints", () => {
  it("need no worker while the log is short", async () => {
    const { write } = await openTurn();
    await write(150, 10_000);
    expect(logSize()).toBeGreaterThan(2_000_000);
    expect(worker.count.started).toBe(0);
  });

  it("are made by one worker, one at a time, once 4 MB are in the log", async () => {
    const { write } = await openTurn();
    await write(70, 80_000);
    expect(look()).toMatchObject({ checkpointed: 0 });
    expect(worker.count).toEqual({ started: 1, asked: 1, ended: 0 });
    await write(128, 10_000);
    await home.host.clock.advance(100);
    expect(worker.count).toEqual({ started: 1, asked: 1, ended: 0 });
  });

  it("are made of writes that a power cut may undo, too", async () => {
    const { store } = await openTurn();
    for (let index = 0; index < 70; index += 1) await store.putText("test:one", "t1", "x".repeat(80_000));
    expect(worker.count.asked).toBe(1);
  });

  it("go on in a pause until all is copied, and the next commit begins the log anew", async () => {
    const { write } = await openTurn();
    await write(70, 80_000);
    await copyDuring(() => write(1, 10_000));
    await worker.tell();
    for (let index = 0; index < 20; index += 1) {
      await write(1, 10_000);
      await home.host.clock.advance(1);
    }
    expect(worker.count.asked).toBe(1);
    await home.host.clock.advance(4);
    expect(worker.count).toEqual({ started: 1, asked: 2, ended: 0 });
    worker.copy();
    await worker.tell();
    await home.host.clock.advance(100);
    await write(1, 10_000);
    expect(look().log).toBeLessThan(10);
    await write(128, 10_000);
    expect(worker.count.asked).toBe(2);
  });

  it("go on without a pause when many commits have followed", async () => {
    const { write } = await openTurn();
    await write(70, 80_000);
    await copyDuring(() => write(1, 10_000));
    await worker.tell();
    for (let index = 0; index < 70; index += 1) {
      await write(1, 10_000);
      await home.host.clock.advance(1);
    }
    expect(worker.count.asked).toBe(2);
  });

  it("are left to later commits where another process reads what is older", async () => {
    const { write } = await openTurn();
    const reader = openReader();
    await write(70, 80_000);
    for (let index = 0; index < 5; index += 1) {
      worker.copy();
      await worker.tell();
      await home.host.clock.advance(10);
    }
    expect(worker.count.asked).toBe(2);
    reader.close();
    await write(64, 10_000);
    expect(worker.count.asked).toBe(3);
    worker.copy();
    await worker.tell();
    await write(1, 10_000);
    expect(look().log).toBeLessThan(10);
  });

  it.each([
    ["cannot be started", startNone, 1],
    ["fails", (): CheckpointWorker => ({ checkpoint: () => Promise.reject(new Error("out of order")), end: async () => undefined }), 1],
    ["never answers", (): CheckpointWorker => ({ checkpoint: () => new Promise(() => undefined), end: async () => undefined }), 0],
  ])("leave the log bounded and the writes whole where the worker %s, and say so once at most", async (_, start, warnings) => {
    let started = 0;
    const { store, write } = await openTurn(() => {
      started += 1;
      return start();
    });
    let largest = 0;
    for (let index = 0; index < 5; index += 1) {
      await write(64, 120_000);
      largest = Math.max(largest, logSize());
    }
    expect(largest).toBeGreaterThan(15_000_000);
    expect(largest).toBeLessThan(18_000_000);
    expect(started).toBe(1);
    expect(home.host.log.lines.filter(({ level }) => level === "warn")).toHaveLength(warnings);
    expect(await store.events("t1")).toHaveLength(320);
  });

  it("end a worker that failed, and never start another", async () => {
    const { write } = await openTurn();
    await write(70, 80_000);
    await worker.fail();
    await write(140, 80_000);
    expect(worker.count).toEqual({ started: 1, asked: 1, ended: 1 });
    expect(home.host.log.lines).toMatchObject([{ level: "warn", fields: { message: "out of order" } }]);
  });
});

describe("what empties the log", () => {
  it("waits for the checkpoint under way before it takes a deleted session out of the files", async () => {
    const { store, write } = await openTurn();
    await store.accept(newTurn("t2", "test:two", "PLANTED"));
    await store.cancelQueued("t2", 1);
    await write(70, 80_000);
    const deleting = store.deleteSession("test:two", 9);
    await home.host.clock.advance(100);
    await write(128, 10_000);
    expect([isIn("PLANTED"), worker.count]).toEqual([true, { started: 1, asked: 1, ended: 0 }]);
    await worker.tell();
    expect(await deleting).toBe(true);
    expect([isIn("PLANTED"), logSize() <= longestNote, worker.count.ended]).toEqual([false, true, 1]);
    await home.host.clock.advance(100);
    await write(140, 80_000);
    expect(worker.count).toEqual({ started: 2, asked: 2, ended: 1 });
  });

  it("waits for the checkpoint under way before a copy takes the place of everything", async () => {
    const { store, me, fence, write } = await openTurn();
    const copy = join(home.state, "copy");
    await mkdir(copy);
    await store.backup?.(copy);
    await write(70, 80_000);
    await store.append("t1", fence, [turnEnd("t1", "test:one", "PLANTED")]);
    await me.leave();
    const restoring = store.restore?.(copy);
    await home.host.clock.advance(100);
    expect([isIn("PLANTED"), worker.count.ended]).toEqual([true, 0]);
    await worker.tell();
    await restoring;
    expect([isIn("PLANTED"), logSize() <= longestNote, worker.count.ended]).toEqual([false, true, 1]);
    expect(await store.events("t1")).toEqual([]);
  });
});

describe("the end of the store", () => {
  it("waits for the checkpoint under way, and lets go of the database and of its locks afterwards", async () => {
    const { store, me, write } = await openTurn();
    await write(70, 80_000);
    const late = store.append("t1", 1, [step("late")]);
    const closing = [store.close(), store.close()];
    await home.host.clock.advance(100);
    const other = await home.open();
    expect([await other.isAlive(me.id), worker.count.ended]).toEqual([true, 0]);
    await worker.tell();
    await Promise.all([...closing, late]);
    await home.host.clock.advance(100);
    expect([await other.isAlive(me.id), worker.count]).toEqual([false, { started: 1, asked: 1, ended: 1 }]);
    await expect(store.events("t1")).rejects.toMatchObject({ code: "store.failed" });
    expect(await other.events("t1")).toHaveLength(71);
  });

  it("comes without a worker where none was needed", async () => {
    const { store, write } = await openTurn();
    await write(10, 40_000);
    await store.close();
    expect([worker.count.started, existsSync(`${home.database}-wal`)]).toEqual([0, false]);
  });
});

describe("the worker", () => {
  it("copies the log into the file while the store is used, loses nothing, and ends with the store", async () => {
    const made = Promise.withResolvers<void>();
    const { store, fence, write } = await openTurn((place) => {
      const real = startCheckpointWorker(place);
      return { ...real, checkpoint: () => real.checkpoint().then(made.resolve) };
    });
    await write(70, 80_000);
    await made.promise;
    expect(look().checkpointed).toBeGreaterThan(1_000);
    await write(10, 80_000);
    await store.append("t1", fence, [turnEnd("t1")]);
    expect(await store.check()).toMatchObject({ ok: true });
    await store.close();
    expect(existsSync(`${home.database}-wal`)).toBe(false);
    expect(home.host.log.lines).toEqual([]);
    const again = await home.open();
    expect(await again.events("t1")).toHaveLength(81);
    expect(await again.check()).toMatchObject({ ok: true });
  });

  it("is out of the way when a session is deleted while it works", async () => {
    const asked = Promise.withResolvers<void>();
    const { store, write } = await openTurn((place) => {
      const real = startCheckpointWorker(place);
      return { ...real, checkpoint: () => (asked.resolve(), real.checkpoint()) };
    });
    await store.accept(newTurn("t2", "test:two", "PLANTED"));
    await store.cancelQueued("t2", 1);
    await write(70, 80_000);
    await asked.promise;
    expect(await store.deleteSession("test:two", 9)).toBe(true);
    expect([isIn("PLANTED"), logSize() <= longestNote, home.host.log.lines]).toEqual([false, true, []]);
  });

  it("makes no database where there is none, and says why it ends", async () => {
    const path = join(home.state, "gone.db");
    const real = startCheckpointWorker({ path, busyTimeoutMs: 0 });
    await expect(real.checkpoint()).rejects.toThrow("unable to open database file");
    await expect(real.checkpoint()).rejects.toThrow("unable to open database file");
    await real.end();
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ["close", "made\nclosed\n"],
    ["leave", "made\n"],
    ["erase", "made\ntrue\n"],
  ])("keeps no process alive, nor leaves one behind that waits for its end or for a deletion (%s)", async (mode, said) => {
    const child = fileURLToPath(new URL("checkpoint-child.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@omni/source", child, mode, home.state], { timeout: 60_000 });
    expect(stdout).toBe(said);
    expect(await (await home.open()).events("t1")).toHaveLength(70);
  });
});
