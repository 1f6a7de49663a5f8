import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { StorePlace } from "./store.ts";
import { createManualClock } from "./fakes/manual-clock.ts";
import { begin, bring, join, newTurn, onPlace, refuses, sample, trickyIds } from "./store-fixtures.ts";

const ids = (records: readonly { readonly input: { readonly turnId: string } }[]): readonly string[] => records.map((record) => record.input.turnId);

/** Reading sessions, releasing and deleting. */
export const storeSessionCases: readonly ContractCase<StorePlace>[] = [
  {
    id: "S32",
    title: "turns of a session are given newest first, so many at a time and before a given one",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        for (const id of ["t1", "t2", "t3"]) await bring(store, me, id);
        await store.accept(newTurn("t4"));
        await store.accept(newTurn("u1", { sessionId: "test:two" }));
        expect(ids(await store.turns("test:one", { limit: 3 }))).toEqual(["t4", "t3", "t2"]);
        expect(ids(await store.turns("test:one", { limit: 10, before: "t3" }))).toEqual(["t2", "t1"]);
        expect(ids(await store.turns("test:one", { limit: 10, before: "u1" }))).toEqual([]);
        expect(ids(await store.turns("test:none", { limit: 10 }))).toEqual([]);
      }),
  },
  {
    id: "S33",
    title: "sessions are given latest first, so many at a time from an offset",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        for (const name of ["a", "b", "c"]) await bring(store, me, name, { sessionId: `test:${name}` });
        await store.accept(newTurn("again", { sessionId: "test:a" }));
        const names = async (options: { limit: number; offset?: number }): Promise<readonly string[]> => (await store.sessions(options)).map((each) => each.sessionId);
        expect(await names({ limit: 10 })).toEqual(["test:a", "test:c", "test:b"]);
        expect(await names({ limit: 1, offset: 1 })).toEqual(["test:c"]);
        expect(await names({ limit: 5, offset: 3 })).toEqual([]);
      }),
  },
  {
    id: "S34",
    title: "a session knows when it began and when it last changed; an unknown one is undefined",
    run: (create) =>
      onPlace(create, async (open) => {
        const clock = createManualClock(1_000);
        const store = await open(clock);
        await store.accept(newTurn("t1"));
        await clock.advance(500);
        await store.accept(newTurn("t2"));
        expect(await store.session("test:one")).toEqual({ sessionId: "test:one", totalTurns: 0, totalToolCalls: 0, openTurns: 2, newestTurnId: null, createdAt: 1_000, updatedAt: 1_500 });
        expect(await store.session("test:none")).toBeUndefined();
      }),
  },
  {
    id: "S35",
    title: "slots are the newest ended turns, or the oldest, oldest first, however many are asked for",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        for (const id of ["t1", "t2", "t3"]) await bring(store, me, id);
        await begin(store, me, "t4");
        const slots = async (limit: number): Promise<readonly string[]> => (await store.slots("test:one", limit)).map((slot) => slot.turnId);
        expect(await slots(2)).toEqual(["t2", "t3"]);
        expect(await slots(0)).toEqual([]);
        expect(await slots(Number.MAX_SAFE_INTEGER)).toEqual(["t1", "t2", "t3"]);
        expect(await slots(Number.POSITIVE_INFINITY)).toEqual(["t1", "t2", "t3"]);
        const oldest = async (limit: number): Promise<readonly string[]> => (await store.oldestSlots("test:one", limit)).map((slot) => slot.turnId);
        expect(await oldest(2)).toEqual(["t1", "t2"]);
        expect(await oldest(0)).toEqual([]);
        expect(await oldest(Number.MAX_SAFE_INTEGER)).toEqual(["t1", "t2", "t3"]);
        expect(await store.oldestSlots("test:none", 10)).toEqual([]);
        expect(await store.session("test:one")).toMatchObject({ newestTurnId: "t3" });
        expect(await store.slots("test:none", 10)).toEqual([]);
      }),
  },
  {
    id: "S36",
    title: "released slots are not given again, also after opening again, while transcript and totals stay",
    run: (create) =>
      onPlace(create, async (open) => {
        const first = await open();
        const me = await join(first);
        for (const id of ["t1", "t2", "t3"]) await bring(first, me, id, { toolCalls: [{ name: "a.b", status: "completed" }] });
        await first.release("test:one", "t2");
        await first.release("test:one", "t1");
        await first.close();
        const store = await open();
        expect((await store.slots("test:one", 10)).map((slot) => slot.turnId)).toEqual(["t3"]);
        expect((await store.oldestSlots("test:one", 10)).map((slot) => slot.turnId)).toEqual(["t3"]);
        expect(ids(await store.turns("test:one", { limit: 10 }))).toEqual(["t3", "t2", "t1"]);
        expect(await store.events("t1")).toHaveLength(1);
        expect(await store.session("test:one")).toMatchObject({ totalTurns: 3, totalToolCalls: 3, newestTurnId: "t3" });
        await store.release("test:one", "t3");
        expect(await store.session("test:one")).toMatchObject({ totalTurns: 3, newestTurnId: null });
      }),
  },
  {
    id: "S37",
    title: "releasing through a turn that is unknown or of another session releases nothing",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        await bring(store, me, "t1");
        await bring(store, me, "u1", { sessionId: "test:two" });
        await store.release("test:one", "unknown");
        await store.release("test:one", "u1");
        await store.release("test:none", "t1");
        expect(await store.slots("test:one", 10)).toHaveLength(1);
        expect(await store.slots("test:two", 10)).toHaveLength(1);
      }),
  },
  {
    id: "S38",
    title: "deleting a session takes away its turns, events, texts, outbox rows and keys; false when there was none",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        const idempotency = { key: "k", bodyHash: "one" };
        await store.accept(newTurn("t1", { idempotency }));
        await store.cancelQueued("t1", 1);
        await bring(store, me, "t2", { outbox: [sample.outbox("o1", "t2")] });
        const text = await store.putText("test:one", "t2", "long text");
        expect(await store.deleteSession("test:one", 5)).toBe(true);
        expect(await store.deleteSession("test:one", 6)).toBe(false);
        expect([await store.session("test:one"), await store.turn("t1"), await store.turn("t2")]).toEqual([undefined, undefined, undefined]);
        expect([await store.events("t2"), await store.outbox("test", 10), await store.slots("test:one", 10), await store.turns("test:one", { limit: 9 })]).toEqual([[], [], [], []]);
        expect(await store.readText("test:one", text, { offset: 0, limit: 10 })).toBeUndefined();
        expect(await store.sessions({ limit: 10 })).toEqual([]);
        expect(await store.accept(newTurn("t3", { idempotency: { key: "k", bodyHash: "two" } }))).toEqual({ result: "accepted", turnId: "t3" });
        expect(await store.session("test:one")).toMatchObject({ totalTurns: 0, openTurns: 1 });
      }),
  },
  {
    id: "S39",
    title: "a session with a turn that has not ended is not deleted: session.busy",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await store.accept(newTurn("t1"));
        await refuses(store.deleteSession("test:one", 5), "session.busy");
        await begin(store, await join(store), "u1", { sessionId: "test:two" });
        await refuses(store.deleteSession("test:two", 5), "session.busy");
        expect(await store.unfinished()).toHaveLength(2);
      }),
  },
  {
    id: "S40",
    title: "deleting a session touches no other, and a message of it that comes late does not run again",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        await bring(store, me, "t1", { outbox: [sample.outbox("o1", "t1")] });
        await bring(store, me, "u1", { sessionId: "test:two", outbox: [sample.outbox("o2", "u1")] });
        const text = await store.putText("test:two", "u1", "kept");
        const before = [await store.turn("u1"), await store.events("u1"), await store.session("test:two")];
        await store.deleteSession("test:one", 5);
        expect([await store.turn("u1"), await store.events("u1"), await store.session("test:two")]).toEqual(before);
        expect((await store.outbox("test", 10)).map((row) => row.id)).toEqual(["o2"]);
        expect(await store.readText("test:two", text, { offset: 0, limit: 10 })).toEqual({ text: "kept", length: 4 });
        expect(await store.accept(newTurn("t9", { platformId: "t1" }))).toEqual({ result: "existing", turnId: "t1" });
      }),
  },
  {
    id: "S41",
    title: "ids that differ in case, normalisation, blanks, NUL or a lone surrogate never meet",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        for (const id of trickyIds) {
          await bring(store, me, id, { sessionId: id });
          await store.putDocument("kind", id, id);
          await store.putDocument(id, "id", id);
        }
        for (const id of trickyIds) {
          expect(await store.session(id)).toMatchObject({ sessionId: id, totalTurns: 1 });
          expect(ids(await store.turns(id, { limit: 9 }))).toEqual([id]);
          expect(await store.getDocument("kind", id)).toMatchObject({ value: id });
          expect(await store.listDocuments(id)).toMatchObject([{ id: "id", value: id }]);
        }
        expect((await store.listDocuments("kind")).map((each) => each.id).sort()).toEqual([...trickyIds].sort());
      }),
  },
];
