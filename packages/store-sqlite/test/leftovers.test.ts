import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ScrubWorker } from "../src/scrub.ts";
import type { StoreHome } from "./store-home.ts";
import { createDatabase } from "../src/database.ts";
import { erase } from "../src/erase.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { makeStoreHome, newTurn } from "./store-home.ts";
import { settleScrubbed } from "../src/scrub-mark.ts";

let home: StoreHome;
beforeEach(() => {
  home = makeStoreHome();
});
afterEach(() => home.dispose());

const isIn = (marker: string): boolean => readdirSync(home.state, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(marker));

/** Takes a message in and back, so that its session can be deleted. */
async function plant(store: Store, sessionId: string): Promise<void> {
  await store.accept(newTurn(`turn of ${sessionId}`, sessionId, "PLANTED"));
  await store.cancelQueued(`turn of ${sessionId}`, 1);
}

/** Erases as a process does that is killed right afterwards. */
async function eraseAndDie(sessionId: string): Promise<void> {
  const database = createDatabase((await loadBetterSqlite3()).open(home.database, { timeoutMs: 0 }), "omni.db");
  database.transaction(() => erase(database, sessionId, 1));
  database.close();
}

const backups = (): string => join(home.state, "backups");

/** As an update of the tables leaves it. */
function plantCopy(): void {
  mkdirSync(backups());
  writeFileSync(join(backups(), "omni-v1-1.db"), "PLANTED");
}

/** A home in whose files lies what was erased of a session. */
async function makeLeftovers(): Promise<void> {
  const store = await home.open();
  await plant(store, "test:one");
  await store.close();
  await eraseAndDie("test:one");
  plantCopy();
}

/** Workers that say what they were asked for, and rewrite the file as the test has them do it. */
function createWorkers(vacuum: () => Promise<void> = async () => undefined): { readonly start: () => ScrubWorker; readonly said: string[] } {
  const said: string[] = [];
  const start = (): ScrubWorker => ({
    erase: async (sessionId) => (said.push("erase"), await eraseAndDie(sessionId), true),
    vacuum: () => (said.push("vacuum"), vacuum()),
    emptyLog: async () => (said.push("empty"), true),
    end: async () => void said.push("end"),
  });
  return { start: () => (said.push("start"), start()), said };
}

/** How many timers an opening has set: one where something is to be taken out. */
async function countDue(): Promise<number> {
  const store = await home.open();
  const { pending } = home.host.clock;
  await store.close();
  return pending;
}

const full = (): Promise<never> => Promise.reject(new OmniError("store.full", "no room", { retryable: true }));
const done = ["start", "vacuum", "empty", "end"];

describe("what an erasure has left that was cut off", () => {
  it("is taken out of every file in a while after the next opening, and that is noted", async () => {
    // While somebody has the store open nobody takes the log away by closing.
    const witness = await home.open();
    await plant(witness, "test:one");
    await eraseAndDie("test:one");
    plantCopy();
    const store = await home.open();
    await home.host.clock.advance(4_999);
    expect(isIn("PLANTED")).toBe(true);
    await home.host.clock.advance(1);
    await store.close();
    expect([isIn("PLANTED"), home.host.log.lines, await countDue()]).toEqual([false, [], 0]);
  });

  it("is left to the next opening by a process that is over sooner", async () => {
    await makeLeftovers();
    const workers = createWorkers();
    for (let time = 0; time < 2; time += 1) await (await home.open({ startScrubWorker: workers.start })).close();
    await home.host.clock.advance(60_000);
    expect([workers.said, isIn("PLANTED"), await countDue()]).toEqual([[], true, 1]);
  });

  it("is taken out by one of the processes that open at once, and holds up the end of that one", async () => {
    await makeLeftovers();
    const underWay = Promise.withResolvers<void>();
    const workers = createWorkers(() => underWay.promise);
    const [store, second] = [await home.open({ startScrubWorker: workers.start }), await home.open({ startScrubWorker: workers.start })];
    await home.host.clock.advance(5_000);
    expect(workers.said).toEqual(["start", "vacuum"]);
    const ended: string[] = [];
    const closing = [store.close().then(() => ended.push("first")), second.close().then(() => ended.push("second"))];
    await home.host.clock.advance(1_000);
    expect(ended).toEqual(["second"]);
    underWay.resolve();
    await Promise.all(closing);
    expect([workers.said, readdirSync(backups()), await countDue()]).toEqual([done, [], 0]);
  });

  it("is done by a deletion that comes first, of the same session too, which is gone", async () => {
    await makeLeftovers();
    const workers = createWorkers();
    const store = await home.open({ startScrubWorker: workers.start });
    expect(await store.deleteSession("test:one", 1)).toBe(false);
    expect([workers.said, readdirSync(backups())]).toEqual([done, []]);
    expect(await store.deleteSession("test:one", 1)).toBe(false);
    await home.host.clock.advance(5_000);
    expect(workers.said).toEqual(done);
  });

  it("stays noted while there is no room to rewrite the file", async () => {
    const workers = createWorkers(full);
    const store = await home.open({ startScrubWorker: workers.start });
    await plant(store, "test:one");
    expect(await store.deleteSession("test:one", 1)).toBe(true);
    await store.close();
    expect(await countDue()).toBe(1);
    const again = await home.open({ startScrubWorker: createWorkers().start });
    await home.host.clock.advance(5_000);
    await again.close();
    expect(await countDue()).toBe(0);
  });

  it("stays noted where another process erases while the file is rewritten", async () => {
    const store = await home.open({ startScrubWorker: createWorkers(() => eraseAndDie("test:two")).start });
    await plant(store, "test:one");
    await plant(store, "test:two");
    await store.deleteSession("test:one", 1);
    await store.close();
    expect(await countDue()).toBe(1);
  });

  it("stays noted where no thread can be had for it, and the log says so", async () => {
    await makeLeftovers();
    const startScrubWorker = (): never => {
      throw new Error("no threads");
    };
    const store = await home.open({ startScrubWorker });
    await home.host.clock.advance(5_000);
    await store.close();
    expect(home.host.log.lines).toMatchObject([{ level: "warn", fields: { message: "no threads" } }]);
    expect(await countDue()).toBe(1);
  });

  it("is as before after a restore, and what that replaced is noted too until it is out of the file", async () => {
    const driver = await loadBetterSqlite3();
    const store = await home.open();
    const copies = ["one", "two"].map((name) => join(home.state, name));
    for (const copy of copies) mkdirSync(copy);
    for (const copy of copies) await store.backup?.(copy);
    await store.restore?.(copies[0] ?? "");
    await store.close();
    expect(await countDue()).toBe(0);
    const refusing = await home.open({
      driver: {
        open(path, options) {
          const connection = driver.open(path, options);
          const exec = (sql: string): unknown => {
            if (sql === "VACUUM") throw Object.assign(new Error("no room"), { code: "SQLITE_FULL" });
            return connection.exec(sql);
          };
          return { prepare: (sql) => connection.prepare(sql), exec, close: () => connection.close() };
        },
      },
    });
    await refusing.restore?.(copies[1] ?? "");
    await refusing.close();
    expect(await countDue()).toBe(1);
    const later = await home.open();
    await later.restore?.(copies[0] ?? "");
    await later.close();
    expect(await countDue()).toBe(1);
  });

  it("is counted on over a restore, so that whoever scrubbed before it and notes so after it hides nothing that comes later", async () => {
    const store = await home.open();
    const copy = join(home.state, "copy");
    mkdirSync(copy);
    await store.backup?.(copy);
    for (const id of ["test:one", "test:two", "test:three"]) {
      await plant(store, id);
      await store.deleteSession(id, 1);
    }
    await store.restore?.(copy);
    await plant(store, "test:four");
    await store.close();
    const late = createDatabase((await loadBetterSqlite3()).open(home.database, { timeoutMs: 0 }), "omni.db");
    settleScrubbed(late, 3);
    late.close();
    expect(await countDue()).toBe(0);
    await eraseAndDie("test:four");
    expect(await countDue()).toBe(1);
  });
});
