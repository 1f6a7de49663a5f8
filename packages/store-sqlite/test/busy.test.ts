import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoreHome } from "./store-home.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { makeStoreHome, newTurn } from "./store-home.ts";

describe("writes that find another process writing", () => {
  let home: StoreHome;
  beforeEach(() => {
    home = makeStoreHome();
  });
  const others: Database.Database[] = [];
  afterEach(async () => {
    for (const other of others.splice(0)) other.close();
    await home.dispose();
  });

  /** Another process in the middle of a transaction. */
  const writeElsewhere = (): { end(): void } => {
    const other = new Database(home.database);
    others.push(other);
    other.exec("BEGIN IMMEDIATE");
    return { end: () => void other.close() };
  };
  /** What has become of calls so far, in the order in which they settled. */
  const listen = (calls: Readonly<Record<string, Promise<unknown>>>): readonly string[] => {
    const settled: string[] = [];
    for (const [name, call] of Object.entries(calls)) {
      call.then(
        () => settled.push(`${name} done`),
        (error: { readonly code: string }) => settled.push(`${name} ${error.code}`),
      );
    }
    return settled;
  };

  it("wait without holding the event loop, and are written in the order they came when the other is through", async () => {
    const store = await home.open();
    const other = writeElsewhere();
    const first = listen({ t1: store.accept(newTurn("t1")), t2: store.accept(newTurn("t2")) });
    await home.host.clock.advance(500);
    const last = listen({ t3: store.accept(newTurn("t3")) });
    await home.host.clock.advance(500);
    expect([first, last, await store.unfinished()]).toEqual([[], [], []]);
    other.end();
    await home.host.clock.advance(16);
    expect([first, last]).toEqual([["t1 done", "t2 done"], ["t3 done"]]);
    expect((await store.unfinished()).map((each) => each.input.turnId)).toEqual(["t1", "t2", "t3"]);
    expect(home.host.clock.pending).toBe(0);
  });

  it("never ask for the lock by blocking, while reads are as patient as they were", async () => {
    const driver = await loadBetterSqlite3();
    const patience: Record<string, unknown[]> = {};
    const store = await home.open({
      driver: {
        open(path, options) {
          const connection = driver.open(path, options);
          const note = (sql: string): void => void (patience[sql.slice(0, 6)] ??= []).push(connection.prepare("PRAGMA busy_timeout").get());
          return {
            prepare(sql) {
              const statement = connection.prepare(sql);
              return { get: (...values) => statement.get(...values), all: (...values) => (note(sql), statement.all(...values)), run: (...values) => (note(sql), statement.run(...values)) };
            },
            exec: (sql) => connection.exec(sql),
            close: () => connection.close(),
          };
        },
      },
    });
    for (const sql of Object.keys(patience)) delete patience[sql];
    await store.accept(newTurn("t1"));
    await store.putText("test:one", "t1", "text");
    await store.unfinished();
    const { "BEGIN ": begins, SELECT: reads } = patience;
    expect([begins?.slice(0, 2), reads]).toEqual([[{ timeout: 0 }, { timeout: 0 }], [{ timeout: 2_000 }]]);
  });

  it("are tried again within a millisecond at first", async () => {
    const store = await home.open();
    const other = writeElsewhere();
    const settled = listen({ t1: store.accept(newTurn("t1")) });
    await home.host.clock.advance(0);
    other.end();
    await home.host.clock.advance(1);
    expect(settled).toEqual(["t1 done"]);
  });

  it("are refused with store.busy when each has waited for as long as it may, and leave nothing behind", async () => {
    const store = await home.open({}, 2_000);
    const other = writeElsewhere();
    const early = listen({ t1: store.accept(newTurn("t1")) });
    await home.host.clock.advance(0);
    await home.host.clock.advance(1_500);
    const late = listen({ t2: store.accept(newTurn("t2")) });
    await home.host.clock.advance(499);
    expect([early, late]).toEqual([[], []]);
    await home.host.clock.advance(1);
    expect([early, late]).toEqual([["t1 store.busy"], []]);
    await home.host.clock.advance(1_400);
    expect(late).toEqual([]);
    other.end();
    await home.host.clock.advance(16);
    expect(late).toEqual(["t2 done"]);
    expect((await store.unfinished()).map((each) => each.input.turnId)).toEqual(["t2"]);
  });

  it("are more than one commit holds, and keep their order too", async () => {
    const store = await home.open();
    const other = writeElsewhere();
    const ids = Array.from({ length: 600 }, (_, index) => `t${index}`);
    const accepted = Promise.all(ids.map((id) => store.accept(newTurn(id))));
    await home.host.clock.advance(100);
    other.end();
    await home.host.clock.advance(16);
    await accepted;
    expect((await store.unfinished()).map((each) => each.input.turnId)).toEqual(ids);
  });

  it("hold the end of the store up until they are written", async () => {
    const store = await home.open();
    const other = writeElsewhere();
    const settled = listen({ t1: store.accept(newTurn("t1")), close: store.close(), t2: store.accept(newTurn("t2")) });
    await home.host.clock.advance(1_000);
    expect(settled).toEqual(["t2 store.failed"]);
    other.end();
    await home.host.clock.advance(16);
    expect(settled).toEqual(["t2 store.failed", "t1 done", "close done"]);
    expect(await (await home.open()).turn("t1")).toMatchObject({ status: "queued" });
  });

  it("hold the end of the store up no longer than they may wait", async () => {
    const store = await home.open();
    const other = writeElsewhere();
    const settled = listen({ t1: store.accept(newTurn("t1")), close: store.close() });
    await home.host.clock.advance(1_999);
    expect(settled).toEqual([]);
    await home.host.clock.advance(1);
    expect([settled, home.host.clock.pending]).toEqual([["t1 store.busy", "close done"], 0]);
    other.end();
  });
});
