import type { JsonValue, Store } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { OpenStore } from "./store-fixtures.ts";
import type { StorePlace } from "./store.ts";
import { begin, bring, join, newTurn, onPlace, sample } from "./store-fixtures.ts";
import { inCopyFolders } from "./copy-folder.ts";

/** What a case of copies works with. */
interface CopyScene {
  readonly open: OpenStore;
  openCopy(folder: string): Promise<Store>;
  readonly copy: string;
  readonly other: string;
}

/** A case that needs the ability, on a fresh place with two empty folders. */
function copyCase(id: string, title: string, body: (scene: CopyScene) => Promise<void>): ContractCase<StorePlace> {
  return {
    id,
    title,
    needs: "backup",
    run: (create) =>
      inCopyFolders(async (copy, other) => {
        const opened: Store[] = [];
        const openCopy = async (place: StorePlace, folder: string): Promise<Store> => {
          if (place.openCopy === undefined) throw new Error("the place cannot open a copy");
          const store = await place.openCopy(folder);
          opened.push(store);
          return store;
        };
        let place: StorePlace | undefined;
        const make = async (): Promise<StorePlace> => (place = await create());
        await onPlace(make, async (open) => {
          try {
            await body({ open, copy, other, openCopy: (folder) => (place === undefined ? Promise.reject(new Error("there is no place")) : openCopy(place, folder)) });
          } finally {
            for (const store of opened) await store.close();
          }
        });
      }),
  };
}

/** A member that a store may leave out; a case that uses it names the ability. */
function ability<Member>(member: Member | undefined): Member {
  if (member === undefined) throw new Error("the store has no copies");
  return member;
}

/** What can be told of a store: turns with their events, texts, documents and what is to be delivered. */
async function tell(store: Store, turnIds: readonly string[]): Promise<unknown> {
  const turns = await Promise.all(turnIds.map(async (id) => [(await store.turn(id))?.outcome, await store.events(id).catch(() => "none")]));
  return { turns, sessions: await store.sessions({ limit: 100 }), documents: await store.listDocuments("rule"), outbox: await store.outbox("test", 100) };
}

/** Documents as they are read one by one. */
async function readRules(store: Store): Promise<readonly (JsonValue | undefined)[]> {
  return Promise.all(["r", "s"].map(async (id) => (await store.getDocument("rule", id))?.value));
}

const ids = ["t1", "t2", "t3"];

/** Copies, and the way back. */
export const storeCopyCases: readonly ContractCase<StorePlace>[] = [
  copyCase("S57", "a copy is a store with everything as it was when the copy was made, also of a turn that runs", async ({ open, openCopy, copy }) => {
    const [store, second] = [await open(), await open()];
    const me = await join(store);
    await bring(store, me, "t1", { outbox: [sample.outbox("o1", "t1")] });
    const text = await store.putText("test:one", "t1", "kept");
    await store.putDocument("rule", "r", { a: 1 });
    const fence = await begin(store, me, "t2");
    await store.append("t2", fence, [sample.step("a")]);
    const before = await tell(store, ids);
    await ability(second.backup)(copy);
    await store.append("t2", fence, [sample.step("b")]);
    await store.putDocument("rule", "r", { a: 2 });
    const copied = await openCopy(copy);
    expect(await tell(copied, ids)).toEqual(before);
    expect(await copied.readText("test:one", text, { offset: 0, limit: 10 })).toEqual({ text: "kept", length: 4 });
    expect((await copied.unfinished()).map((turn) => [turn.input.turnId, turn.ownerAlive])).toEqual([["t2", false]]);
    expect(await copied.check()).toMatchObject({ ok: true });
  }),
  copyCase("S58", "what was restored is what the copy holds and nothing else, for every store of the place and after opening again", async ({ open, copy, other }) => {
    const [store, second] = [await open(), await open()];
    const me = await join(store);
    await bring(store, me, "t1", { outbox: [sample.outbox("o1", "t1")] });
    await store.putDocument("rule", "r", { a: 1 });
    const before = await tell(store, ids);
    await ability(store.backup)(copy);
    await bring(store, me, "t2", { sessionId: "test:two" });
    await store.putDocument("rule", "r", { a: 3 });
    await store.putDocument("rule", "s", { a: 2 });
    // A store may keep in mind what it has read.
    expect(await readRules(store)).toEqual([{ a: 3 }, { a: 2 }]);
    await me.leave();
    await ability(store.restore)(copy);
    for (const each of [store, second]) expect(await readRules(each)).toEqual([{ a: 1 }, undefined]);
    expect(await tell(store, ids)).toEqual(before);
    expect(await tell(second, ids)).toEqual(before);
    await store.close();
    const again = await open();
    expect(await tell(again, ids)).toEqual(before);
    expect(await again.accept(newTurn("t2"))).toEqual({ result: "accepted", turnId: "t2" });
    expect(await again.accept({ ...newTurn("t9"), platformId: "t1" })).toEqual({ result: "existing", turnId: "t1" });
    await ability(again.backup)(other);
  }),
  copyCase("S59", "while an instance lives nothing is restored: home.held, and everything is as it was", async ({ open, copy }) => {
    const [store, second] = [await open(), await open()];
    await ability(store.backup)(copy);
    const me = await join(second);
    await bring(second, me, "t1");
    const before = await tell(second, ids);
    await expect(ability(store.restore)(copy)).rejects.toMatchObject({ code: "home.held" });
    expect(await tell(second, ids)).toEqual(before);
    await me.leave();
    await ability(store.restore)(copy);
    expect(await second.turn("t1")).toBeUndefined();
  }),
  copyCase("S60", "where there is no copy nothing is restored, and a copy is written over nothing", async ({ open, copy, other }) => {
    const store = await open();
    const me = await join(store);
    await bring(store, me, "t1");
    await me.leave();
    await ability(store.backup)(copy);
    await expect(ability(store.backup)(copy)).rejects.toMatchObject({ code: "store.failed" });
    await expect(ability(store.restore)(other)).rejects.toMatchObject({ code: "store.failed" });
    expect(await store.turn("t1")).toMatchObject({ status: "completed" });
  }),
  copyCase("S61", "a named lock that is held stays held through a restore", async ({ open, copy }) => {
    const [store, second] = [await open(), await open()];
    await ability(store.backup)(copy);
    expect((await store.lock("gateway", { pid: 42 })).held).toBe(true);
    await ability(store.restore)(copy);
    expect(await second.lock("gateway", { pid: 43 })).toEqual({ held: false, holder: { pid: 42 } });
  }),
];
