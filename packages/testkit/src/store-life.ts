import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { StorePlace } from "./store.ts";
import { begin, bring, join, onPlace, sample, turnEnd } from "./store-fixtures.ts";

/** Instances, locks, health and the end. */
export const storeLifeCases: readonly ContractCase<StorePlace>[] = [
  {
    id: "S51",
    title: "an instance is alive from joining until it leaves, for every store of the place; leaving is idempotent",
    run: (create) =>
      onPlace(create, async (open) => {
        const [left, right] = [await open(), await open()];
        const [me, other] = [await join(left), await join(left)];
        expect(me.id).not.toBe(other.id);
        for (const store of [left, right]) expect([await store.isAlive(me.id), await store.isAlive(other.id)]).toEqual([true, true]);
        await me.leave();
        await me.leave();
        for (const store of [left, right]) expect([await store.isAlive(me.id), await store.isAlive(other.id)]).toEqual([false, true]);
        expect(await left.isAlive("never joined")).toBe(false);
      }),
  },
  {
    id: "S52",
    title: "a named lock has one holder, and whoever asks is told who",
    run: (create) =>
      onPlace(create, async (open) => {
        const [left, right] = [await open(), await open()];
        const lock = await left.lock("gateway", { pid: 42 });
        expect(lock.held).toBe(true);
        for (const store of [left, right]) expect(await store.lock("gateway", { pid: 43 })).toEqual({ held: false, holder: { pid: 42 } });
        expect((await right.lock("other", null)).held).toBe(true);
      }),
  },
  {
    id: "S53",
    title: "a named lock is free when it is released or its holder is dead, and a late second release frees nobody else's",
    run: (create) =>
      onPlace(create, async (open) => {
        const [left, right, third] = [await open(), await open(), await open()];
        const lock = await left.lock("gateway", 1);
        if (!lock.held) throw new Error("the lock was not free");
        await lock.release();
        expect((await right.lock("gateway", 2)).held).toBe(true);
        await lock.release();
        expect(await third.lock("gateway", 3)).toEqual({ held: false, holder: 2 });
        await right.close();
        expect((await third.lock("gateway", 3)).held).toBe(true);
      }),
  },
  {
    id: "S54",
    title: "stores of one place see each other's writes at once",
    run: (create) =>
      onPlace(create, async (open) => {
        const [left, right] = [await open(), await open()];
        const fence = await begin(left, await join(left), "t1");
        await left.append("t1", fence, [sample.step("a")]);
        expect(await right.events("t1")).toEqual([sample.step("a")]);
        await right.append("t1", fence, [turnEnd("t1")]);
        expect(await left.turn("t1")).toMatchObject({ status: "completed" });
        expect(await left.slots("test:one", 10)).toEqual(await right.slots("test:one", 10));
      }),
  },
  {
    id: "S55",
    title: "the check passes on a sound store and fails where a call of an ended turn has no result",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        const fence = await begin(store, me, "t1");
        await store.append("t1", fence, [sample.call("c1"), sample.result("c1"), turnEnd("t1")]);
        const other = await begin(store, me, "t2");
        await store.append("t2", other, [sample.call("c1")]);
        expect(await store.check()).toMatchObject({ ok: true });
        await store.append("t2", other, [turnEnd("t2")]);
        const health = await store.check();
        expect(health.ok).toBe(false);
        expect(health.detail).not.toBe("");
      }),
  },
  {
    id: "S56",
    title: "closing is idempotent, and a closed store refuses with store.failed",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await bring(store, await join(store), "t1");
        await store.close();
        await store.close();
        await expect(store.turn("t1")).rejects.toMatchObject({ code: "store.failed" });
        expect(await (await open()).turn("t1")).toMatchObject({ status: "completed" });
      }),
  },
];
