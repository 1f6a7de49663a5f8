import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { StorePlace } from "./store.ts";
import { createManualClock } from "./fakes/manual-clock.ts";
import { begin, bring, claim, join, newTurn, onPlace, refuses, sample, turnEnd } from "./store-fixtures.ts";

/** Owning turns. */
export const storeOwningCases: readonly ContractCase<StorePlace>[] = [
  {
    id: "S13",
    title: "a claim makes the turn the instance's, running, with its first fence and attempt",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open(createManualClock(5_000));
        const me = await join(store);
        await store.accept(newTurn("t1"));
        expect(await store.claim("t1", me.id)).toEqual({ result: "claimed", input: newTurn("t1").input, fence: 1, attempt: 1, events: [] });
        expect(await store.turn("t1")).toMatchObject({ status: "running", owner: me.id, ownerAlive: true, fence: 1, attempts: 1, startedAt: 5_000, endedAt: null, outcome: null });
      }),
  },
  {
    id: "S14",
    title: "a turn of a living owner is claimed by nobody else, also not through another store",
    run: (create) =>
      onPlace(create, async (open) => {
        const [left, right] = [await open(), await open()];
        const me = await join(left);
        await begin(left, me, "t1");
        expect(await right.claim("t1", (await join(right)).id)).toEqual({ result: "owned", owner: me.id });
        expect(await right.turn("t1")).toMatchObject({ fence: 1, attempts: 1, ownerAlive: true });
      }),
  },
  {
    id: "S15",
    title: "an instance that claims again what it owns is told so, with what it holds under the fence it has",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        const fence = await begin(store, me, "t1");
        await store.append("t1", fence, [sample.step("s1")]);
        const held = { input: newTurn("t1").input, fence, attempt: 1, events: [sample.step("s1")] };
        expect(await store.claim("t1", me.id)).toEqual({ result: "owned", owner: me.id, held });
        await store.append("t1", fence, [turnEnd("t1")]);
      }),
  },
  {
    id: "S16",
    title: "a turn behind others of its session waits for the oldest of them, whether its owner lives or not",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const [me, other] = [await join(store), await join(store)];
        for (const id of ["t1", "t2", "t3"]) await store.accept(newTurn(id));
        expect(await store.claim("t3", me.id)).toEqual({ result: "behind", turnId: "t1", ownerAlive: false });
        const fence = await claim(store, other, "t1");
        expect(await store.claim("t3", me.id)).toEqual({ result: "behind", turnId: "t1", ownerAlive: true });
        await other.leave();
        expect(await store.claim("t3", me.id)).toEqual({ result: "behind", turnId: "t1", ownerAlive: false });
        await store.append("t1", fence, [turnEnd("t1")]);
        expect(await store.claim("t3", me.id)).toMatchObject({ result: "behind", turnId: "t2" });
        await claim(store, me, "t2");
      }),
  },
  {
    id: "S17",
    title: "a turn waits for no turn of another session",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        await begin(store, me, "t1");
        expect(await begin(store, me, "t2", { sessionId: "test:two" })).toBe(1);
      }),
  },
  {
    id: "S18",
    title: "a turn that has ended is claimed by nobody",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        await bring(store, me, "t1");
        expect(await store.claim("t1", me.id)).toEqual({ result: "ended" });
      }),
  },
  {
    id: "S19",
    title: "when its owner has left, a turn is claimed again under a higher fence with everything recorded",
    run: (create) =>
      onPlace(create, async (open) => {
        const clock = createManualClock(5_000);
        const store = await open(clock);
        const [former, next] = [await join(store), await join(store)];
        const fence = await begin(store, former, "t1");
        await store.append("t1", fence, [sample.call("c1"), sample.step("s1")]);
        await former.leave();
        await clock.advance(1_000);
        expect(await store.turn("t1")).toMatchObject({ owner: former.id, ownerAlive: false });
        expect(await store.claim("t1", next.id)).toEqual({ result: "claimed", input: newTurn("t1").input, fence: fence + 1, attempt: 2, events: [sample.call("c1"), sample.step("s1")] });
        expect(await store.turn("t1")).toMatchObject({ owner: next.id, attempts: 2, startedAt: 5_000 });
      }),
  },
  {
    id: "S20",
    title: "an owner whose store was closed without leaving is dead",
    run: (create) =>
      onPlace(create, async (open) => {
        const [first, second] = [await open(), await open()];
        const former = await join(first);
        await begin(first, former, "t1");
        expect(await second.isAlive(former.id)).toBe(true);
        await first.close();
        expect(await second.isAlive(former.id)).toBe(false);
        expect(await second.claim("t1", (await join(second)).id)).toMatchObject({ result: "claimed", fence: 2, attempt: 2 });
      }),
  },
  {
    id: "S21",
    title: "what is appended under an old fence is refused with store.fenced and not written",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const [former, next] = [await join(store), await join(store)];
        const old = await begin(store, former, "t1");
        await former.leave();
        const fence = await claim(store, next, "t1");
        await refuses(store.append("t1", old, [sample.step("late"), turnEnd("t1")], [sample.outbox("o1", "t1")]), "store.fenced");
        expect(await store.events("t1")).toEqual([]);
        expect(await store.outbox("test", 10)).toEqual([]);
        await store.append("t1", fence, [sample.step("in time")]);
        expect(await store.events("t1")).toEqual([sample.step("in time")]);
      }),
  },
  {
    id: "S22",
    title: "nothing is appended to a turn that nobody claimed",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await store.accept(newTurn("t1"));
        await refuses(store.append("t1", 0, [sample.step("early")]), "store.fenced");
        expect(await store.events("t1")).toEqual([]);
      }),
  },
  {
    id: "S23",
    title: "nothing is appended to a turn that has ended",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const fence = await begin(store, await join(store), "t1");
        await store.append("t1", fence, [turnEnd("t1")]);
        await refuses(store.append("t1", fence, [turnEnd("t1", { output: "again" })]), "store.fenced");
        expect(await store.events("t1")).toEqual([turnEnd("t1")]);
        expect(await store.session("test:one")).toMatchObject({ totalTurns: 1 });
      }),
  },
  {
    id: "S24",
    title: "a turn or an instance that is not known owns nothing",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const [me, gone] = [await join(store), await join(store)];
        await gone.leave();
        await store.accept(newTurn("t1"));
        await refuses(store.claim("unknown", me.id), "turn.not-found");
        await refuses(store.append("unknown", 1, []), "turn.not-found");
        await refuses(store.claim("t1", gone.id), "store.failed");
        expect(await store.turn("t1")).toMatchObject({ status: "queued", fence: 0 });
      }),
  },
  {
    id: "S25",
    title: "of many claims of one turn at the same time through two stores one gets it",
    run: (create) =>
      onPlace(create, async (open) => {
        const stores = [await open(), await open()];
        const joined = await Promise.all(stores.map(async (store) => ({ store, id: (await join(store)).id })));
        await stores[0]?.accept(newTurn("t1"));
        const claims = await Promise.all([...joined, ...joined].map(({ store, id }) => store.claim("t1", id)));
        expect(claims.map((each) => each.result).sort()).toEqual(["claimed", "owned", "owned", "owned"]);
      }),
  },
];
