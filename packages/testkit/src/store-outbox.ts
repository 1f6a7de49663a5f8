import { expect } from "vitest";
import type { Store } from "@omni/core";
import type { ContractCase } from "./contract.ts";
import type { StorePlace } from "./store.ts";
import { bring, join, onPlace, refuses, sample, trickyIds } from "./store-fixtures.ts";

/** Rows of conversations that wait, and rows that several may take. */
export const storeOutboxCases: readonly ContractCase<StorePlace>[] = [
  {
    id: "S62",
    title: "rows of the conversations that are left out are passed over and count toward no limit; all others are given in order",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const places = ["hall", "hall", "attic", "hall", "cellar", "attic"];
        const outbox = places.map((conversation, part) => sample.outbox(`o${part}`, "t1", { part, conversation }));
        await bring(store, await join(store), "t1", { outbox: [...outbox, sample.outbox("x", "t1", { channel: "other", conversation: "hall" })] });
        const given = async (limit: number, leftOut: readonly string[]): Promise<readonly string[]> => (await store.outbox("test", limit, leftOut)).map((row) => row.id);
        expect(await given(2, ["hall"])).toEqual(["o2", "o4"]);
        expect(await given(10, ["hall", "cellar", "none"])).toEqual(["o2", "o5"]);
        expect(await given(10, ["hall", "attic", "cellar"])).toEqual([]);
        expect(await given(10, [])).toEqual(["o0", "o1", "o2", "o3", "o4", "o5"]);
        expect(await store.outbox("test", 1, ["hall", "attic"])).toEqual([outbox[4]]);
        expect((await store.outbox("other", 10, ["attic"])).map((row) => row.id)).toEqual(["x"]);
      }),
  },
  {
    id: "S63",
    title: "a conversation that is left out leaves out no other that is written almost like it",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const outbox = trickyIds.map((conversation, part) => sample.outbox(`o${part}`, "t1", { part, conversation }));
        await bring(store, await join(store), "t1", { outbox });
        for (const conversation of trickyIds) {
          expect((await store.outbox("test", 100, [conversation])).map((row) => row.conversation)).toEqual(trickyIds.filter((each) => each !== conversation));
        }
        expect(await store.outbox("test", 100, trickyIds)).toEqual([]);
      }),
  },
  {
    id: "S64",
    title: "of two stores that take a row as they have both read it one gets it, and the other is told so",
    run: (create) =>
      onPlace(create, async (open) => {
        const stores = [await open(), await open()];
        for (const store of stores) await join(store);
        const [first] = stores;
        if (first === undefined) throw new Error("there is no store");
        await bring(first, await join(first), "t1", { outbox: [sample.outbox("o1", "t1")] });
        const take = (store: Store, attempts: number): Promise<boolean> => store.updateOutbox("o1", { state: "sending", receipt: null, attempts: attempts + 1 }, attempts);
        expect((await Promise.all([...stores, ...stores].map((store) => take(store, 0)))).toSorted()).toEqual([false, false, false, true]);
        expect(await first.updateOutbox("o1", { state: "pending", receipt: null, attempts: 0 })).toBe(true);
        expect([await take(first, 1), await take(first, 0)]).toEqual([false, true]);
        await refuses(first.updateOutbox("none", { state: "sent", receipt: null, attempts: 1 }, 0), "store.failed");
      }),
  },
];
