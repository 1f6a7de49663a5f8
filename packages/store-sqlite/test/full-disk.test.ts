import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SqlConnection, SqlDriver } from "../src/database.ts";
import type { StoreHome } from "./store-home.ts";
import { begin, makeStoreHome, newTurn, step, turnEnd } from "./store-home.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";

/** A disk with an end: the database may grow by so many pages and no further. */
async function createNarrowDisk(): Promise<{ readonly driver: SqlDriver; leave(pages: number): void; widen(): void }> {
  const driver = await loadBetterSqlite3();
  let database: SqlConnection | undefined;
  const count = (): number => {
    const row = database?.prepare("PRAGMA page_count").get();
    return typeof row === "object" && row !== null && "page_count" in row ? Number(row.page_count) : 0;
  };
  return {
    driver: {
      open(path, options) {
        const connection = driver.open(path, options);
        if (path.endsWith("omni.db")) database = connection;
        return connection;
      },
    },
    leave: (pages) => void database?.exec(`PRAGMA max_page_count = ${count() + pages}`),
    widen: () => void database?.exec("PRAGMA max_page_count = 4294967294"),
  };
}

describe("a full disk", () => {
  let home: StoreHome;
  beforeEach(() => {
    home = makeStoreHome();
  });
  afterEach(() => home.dispose());

  it.each([0, 1, 2, 3, 5, 8])("is told as store.full with %i pages left, nothing of the call is written, and the call succeeds when there is space", async (pages) => {
    const disk = await createNarrowDisk();
    const store = await home.open({ driver: disk.driver });
    const fence = await begin(store, (await store.join({ kind: "test", pid: 1 })).id, "t1");
    disk.leave(pages);
    const events = [step("a".repeat(3_000)), step("b".repeat(40_000)), turnEnd("t1")];
    const row = { id: "o1", turnId: "t1", part: 0, channel: "test", conversation: "c", kind: "final", body: "b".repeat(9_000), state: "pending", receipt: null, attempts: 0 } as const;
    await expect(store.append("t1", fence, events, [row])).rejects.toMatchObject({ code: "store.full", retryable: true });
    expect(await store.events("t1")).toEqual([]);
    expect(await store.turn("t1")).toMatchObject({ status: "running" });
    expect(await store.session("test:one")).toMatchObject({ totalTurns: 0 });
    expect(await store.outbox("test", 5)).toEqual([]);
    disk.widen();
    await store.append("t1", fence, events, [row]);
    expect(await store.events("t1")).toEqual(events);
    expect(await store.check()).toMatchObject({ ok: true });
  });

  it("takes no message in that it cannot keep", async () => {
    const disk = await createNarrowDisk();
    const store = await home.open({ driver: disk.driver });
    await store.accept(newTurn("t0"));
    disk.leave(0);
    const large = newTurn("t1", "test:two", "x".repeat(20_000));
    await expect(store.accept(large)).rejects.toMatchObject({ code: "store.full" });
    await expect(store.putText("test:two", "t1", "y".repeat(200_000))).rejects.toMatchObject({ code: "store.full" });
    expect([await store.turn("t1"), await store.session("test:two")]).toEqual([undefined, undefined]);
    disk.widen();
    expect(await store.accept(large)).toEqual({ result: "accepted", turnId: "t1" });
  });

  it("keeps every acknowledged event of a turn that writes until nothing fits", async () => {
    const disk = await createNarrowDisk();
    const store = await home.open({ driver: disk.driver });
    const fence = await begin(store, (await store.join({ kind: "test", pid: 1 })).id, "t1");
    disk.leave(20);
    let acknowledged = 0;
    let refused = 0;
    while (refused < 3) {
      await store.append("t1", fence, [step(`${acknowledged}`.padEnd(1_000))]).then(
        () => (acknowledged += 1),
        () => (refused += 1),
      );
    }
    await store.close();
    expect(await (await home.open()).events("t1")).toHaveLength(acknowledged);
    expect(acknowledged).toBeGreaterThan(5);
  });
});
