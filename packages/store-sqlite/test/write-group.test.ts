import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SqlDriver } from "../src/database.ts";
import type { StoreHome } from "./store-home.ts";
import { begin, makeStoreHome, newTurn, step, turnEnd } from "./store-home.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";

/** The library, noting each commit and how surely it goes to the disk; a commit can be made to fail. */
async function createWatchedDriver(): Promise<{ readonly driver: SqlDriver; readonly commits: string[]; fail(error: Error | undefined): void }> {
  const driver = await loadBetterSqlite3();
  const commits: string[] = [];
  let level = "FULL";
  let failure: Error | undefined;
  const note = (sql: string): void => {
    level = /synchronous = (\w+)/.exec(sql)?.[1] ?? level;
    if (sql !== "COMMIT") return;
    if (failure !== undefined) throw failure;
    commits.push(level);
  };
  return {
    commits,
    fail: (error) => (failure = error),
    driver: {
      open(path, options) {
        const connection = driver.open(path, options);
        if (!path.endsWith("omni.db")) return connection;
        return {
          prepare(sql) {
            const statement = connection.prepare(sql);
            return { get: (...values) => statement.get(...values), all: (...values) => statement.all(...values), run: (...values) => (note(sql), statement.run(...values)) };
          },
          exec: (sql) => connection.exec(sql),
          close: () => connection.close(),
        };
      },
    },
  };
}

describe("writes that come together", () => {
  let home: StoreHome;
  beforeEach(() => {
    home = makeStoreHome();
  });
  afterEach(() => home.dispose());

  it("share one commit, in the order they came", async () => {
    const { driver, commits } = await createWatchedDriver();
    const store = await home.open({ driver });
    commits.length = 0;
    const results = await Promise.all(["t1", "t2", "t3"].map((turnId) => store.accept(newTurn(turnId))));
    expect(results.map((each) => each.result)).toEqual(["accepted", "accepted", "accepted"]);
    expect(commits).toEqual(["FULL"]);
    expect((await store.unfinished("test:one")).map((each) => each.input.turnId)).toEqual(["t1", "t2", "t3"]);
  });

  it("are forced to the disk when one of them must be", async () => {
    const { driver, commits } = await createWatchedDriver();
    const store = await home.open({ driver });
    await store.accept(newTurn("t1"));
    commits.length = 0;
    await Promise.all([store.putText("test:one", "t1", "a"), store.putText("test:one", "t1", "b")]);
    await Promise.all([store.putText("test:one", "t1", "a"), store.putDocument("k", "id", 1)]);
    expect(commits).toEqual(["NORMAL", "FULL"]);
  });

  it("do not suffer from one that is refused", async () => {
    const { driver, commits } = await createWatchedDriver();
    const store = await home.open({ driver });
    const { id } = await store.join({ kind: "test", pid: 1 });
    const fences = await Promise.all(["t1", "t2", "t3"].map((turnId) => begin(store, id, turnId, `test:${turnId}`)));
    commits.length = 0;
    const [one, two, three] = await Promise.allSettled([
      store.append("t1", fences[0] ?? 0, [step("a"), turnEnd("t1", "test:t1")]),
      store.append("t2", 99, [step("b")]),
      store.append("t3", fences[2] ?? 0, [step("c")]),
    ]);
    expect([one.status, two.status, three.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(two).toMatchObject({ reason: { code: "store.fenced" } });
    expect(commits).toEqual(["FULL"]);
    expect(await store.events("t1")).toHaveLength(2);
    expect(await store.events("t2")).toEqual([]);
    expect(await store.events("t3")).toEqual([step("c")]);
  });

  it("are all told of a commit that failed, and none of them is written", async () => {
    const { driver, fail } = await createWatchedDriver();
    const store = await home.open({ driver });
    fail(Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_FSYNC" }));
    const results = await Promise.allSettled(["t1", "t2"].map((turnId) => store.accept(newTurn(turnId))));
    expect(results.map((each) => each.status)).toEqual(["rejected", "rejected"]);
    fail(undefined);
    expect(await store.unfinished()).toEqual([]);
    expect(await store.accept(newTurn("t1"))).toEqual({ result: "accepted", turnId: "t1" });
  });

  it("are written when the store is closed before their turn has come", async () => {
    const store = await home.open();
    const accepted = store.accept(newTurn("t1"));
    await store.close();
    expect(await accepted).toEqual({ result: "accepted", turnId: "t1" });
    const again = await home.open();
    expect(await again.turn("t1")).toMatchObject({ status: "queued" });
    await again.close();
    await expect(again.accept(newTurn("t2"))).rejects.toMatchObject({ code: "store.failed" });
  });
});
