import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { StorePlace } from "./store.ts";
import { begin, bring, join, newTurn, onPlace, sample, turnEnd } from "./store-fixtures.ts";

const key = { key: "k", bodyHash: "one" };

/** Taking messages in. */
export const storeIntakeCases: readonly ContractCase<StorePlace>[] = [
  {
    id: "S1",
    title: "an accepted turn is kept whole and is there after the store is opened again",
    run: (create) =>
      onPlace(create, async (open) => {
        const first = await open();
        const limits = { maxTokens: Number.POSITIVE_INFINITY, maxRounds: 3 };
        const turn = newTurn("t1", { input: { text: "h\u00e9llo \ud800 \u0000", limits, attachments: [{ type: "text", text: "a" }], model: "m" } });
        expect(await first.accept(turn)).toEqual({ result: "accepted", turnId: "t1" });
        await first.close();
        const record = await (await open()).turn("t1");
        expect(record).toEqual({ input: turn.input, status: "queued", owner: null, ownerAlive: false, fence: 0, attempts: 0, startedAt: null, endedAt: null, outcome: null });
      }),
  },
  {
    id: "S2",
    title: "a second delivery of the same channel and platform id gives the turn that is there, also after its end and after opening again",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await bring(store, await join(store), "t1");
        await store.close();
        const again = await open();
        expect(await again.accept(newTurn("t2", { platformId: "t1" }))).toEqual({ result: "existing", turnId: "t1" });
        expect(await again.turn("t2")).toBeUndefined();
      }),
  },
  {
    id: "S3",
    title: "the same platform id on another channel is another message",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await store.accept(newTurn("t1", { platformId: "same", channel: "left" }));
        expect(await store.accept(newTurn("t2", { platformId: "same", channel: "right" }))).toEqual({ result: "accepted", turnId: "t2" });
      }),
  },
  {
    id: "S4",
    title: "an idempotency key that comes again with the same body gives the turn that is there",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await store.accept(newTurn("t1", { idempotency: key }));
        expect(await store.accept(newTurn("t2", { idempotency: key }))).toEqual({ result: "existing", turnId: "t1" });
        expect(await store.unfinished()).toHaveLength(1);
      }),
  },
  {
    id: "S5",
    title: "an idempotency key that comes again with another body is a conflict and takes nothing in",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await store.accept(newTurn("t1", { idempotency: key }));
        expect(await store.accept(newTurn("t2", { idempotency: { key: "k", bodyHash: "two" } }))).toEqual({ result: "conflict", turnId: "t1" });
        expect(await store.turn("t2")).toBeUndefined();
      }),
  },
  {
    id: "S6",
    title: "an idempotency key belongs to its principal",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await store.accept(newTurn("t1", { idempotency: key }));
        const other = newTurn("t2", { idempotency: { key: "k", bodyHash: "two" }, input: { principal: { id: "token:ci", scopes: ["chat"] } } });
        expect(await store.accept(other)).toEqual({ result: "accepted", turnId: "t2" });
      }),
  },
  {
    id: "S7",
    title: "a message beyond the queue's limit is refused with the number that waits, and takes nothing in",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        for (const turnId of ["t1", "t2"]) expect(await store.accept(newTurn(turnId, { queueLimit: 2 }))).toEqual({ result: "accepted", turnId });
        expect(await store.accept(newTurn("t3", { queueLimit: 2 }))).toEqual({ result: "full", queued: 2 });
        expect(await store.turn("t3")).toBeUndefined();
        expect(await store.accept(newTurn("t4", { queueLimit: 2, sessionId: "test:two" }))).toEqual({ result: "accepted", turnId: "t4" });
      }),
  },
  {
    id: "S8",
    title: "a turn that was claimed waits no longer and leaves its place in the queue",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await begin(store, await join(store), "t1");
        expect(await store.accept(newTurn("t2", { queueLimit: 1 }))).toEqual({ result: "accepted", turnId: "t2" });
      }),
  },
  {
    id: "S9",
    title: "turns that have not ended are listed in order of acceptance, over all sessions and of one",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        await bring(store, me, "t0");
        await store.accept(newTurn("z", { sessionId: "test:two" }));
        await store.accept(newTurn("y"));
        await store.accept(newTurn("x", { sessionId: "test:two" }));
        const ids = async (sessionId?: string): Promise<readonly string[]> => (await store.unfinished(sessionId)).map((record) => record.input.turnId);
        expect(await ids()).toEqual(["z", "y", "x"]);
        expect(await ids("test:two")).toEqual(["z", "x"]);
      }),
  },
  {
    id: "S10",
    title: "a turn that was never claimed can be cancelled and then has ended, with its end recorded",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await store.accept(newTurn("t1"));
        expect(await store.cancelQueued("t1", 77)).toBe(true);
        expect(await store.turn("t1")).toMatchObject({ status: "cancelled", endedAt: 77, outcome: { status: "cancelled", turnId: "t1", output: "", rounds: 0 } });
        expect((await store.events("t1")).map((event) => event.type)).toEqual(["turn-end"]);
        expect(await store.session("test:one")).toMatchObject({ totalTurns: 1, openTurns: 0 });
        expect(await store.claim("t1", (await join(store)).id)).toEqual({ result: "ended" });
      }),
  },
  {
    id: "S11",
    title: "a turn that was claimed, has ended or is unknown is not cancelled as queued",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const fence = await begin(store, await join(store), "t1");
        expect(await store.cancelQueued("t1", 77)).toBe(false);
        await store.append("t1", fence, [sample.step("goes on"), turnEnd("t1")]);
        expect(await store.cancelQueued("t1", 78)).toBe(false);
        expect(await store.cancelQueued("unknown", 79)).toBe(false);
        expect(await store.turn("t1")).toMatchObject({ status: "completed" });
      }),
  },
  {
    id: "S12",
    title: "of two stores that are given one message at the same time one takes it in",
    run: (create) =>
      onPlace(create, async (open) => {
        const [left, right] = [await open(), await open()];
        const results = await Promise.all([left.accept(newTurn("t1", { platformId: "p" })), right.accept(newTurn("t2", { platformId: "p" }))]);
        expect(results.map((each) => each.result).sort()).toEqual(["accepted", "existing"]);
        expect(await left.unfinished()).toEqual(await right.unfinished());
        expect(await right.unfinished()).toHaveLength(1);
      }),
  },
];
