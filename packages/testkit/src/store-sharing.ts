import { expect } from "vitest";
import type { Store, TurnRecord } from "@omni/core";
import type { ContractCase } from "./contract.ts";
import type { OpenStore } from "./store-fixtures.ts";
import type { StorePlace } from "./store.ts";
import { begin, claim, join, newTurn, onPlace, refuses, sample, turnEnd } from "./store-fixtures.ts";
import { createManualClock } from "./fakes/manual-clock.ts";

/** How often a race is run: often enough that a check and a write which are not one step come apart. */
const races = 20;

/** A place where leases can be let end. */
interface LeaseScene {
  readonly open: OpenStore;
  lapse(store: Store): Promise<void>;
}

/** A case that needs the ability `leases`. */
function leaseCase(id: string, title: string, body: (scene: LeaseScene) => Promise<void>): ContractCase<StorePlace> {
  return {
    id,
    title,
    needs: "leases",
    async run(create) {
      const place = await create();
      const lapse = async (store: Store): Promise<void> => {
        if (place.lapse === undefined) throw new Error("the place cannot let a lease end");
        await place.lapse(store);
      };
      await onPlace(() => place, (open) => body({ open, lapse }));
    },
  };
}

/** Several processes, maybe of several machines, on one store. */
export const storeSharingCases: readonly ContractCase<StorePlace>[] = [
  {
    id: "S70",
    title: "an append that meets a claim is before it, and then the claimer has it, or is refused",
    run: (create) =>
      onPlace(create, async (open) => {
        const [left, right] = [await open(), await open()];
        const next = await join(right);
        for (let race = 0; race < races; race += 1) {
          const turnId = `t${race}`;
          const former = await join(left);
          const fence = await begin(left, former, turnId, { sessionId: `test:${race}` });
          await former.leave();
          const [appended, claimed] = await Promise.all([left.append(turnId, fence, [sample.step("late")]).then(() => true, () => false), right.claim(turnId, next.id)]);
          expect(claimed).toMatchObject({ result: "claimed", events: appended ? [sample.step("late")] : [] });
          expect(await right.events(turnId)).toEqual(appended ? [sample.step("late")] : []);
        }
      }),
  },
  {
    id: "S71",
    title: "of the turns of a session that two stores take in and claim at the same time one runs at a time, in the order of the record",
    run: (create) =>
      onPlace(create, async (open) => {
        const stores = [await open(), await open()];
        const joined = await Promise.all(stores.map(async (store) => ({ store, id: (await join(store)).id })));
        const takeIn = async (index: number): Promise<void> => {
          const process = joined[index % joined.length];
          await process?.store.accept(newTurn(`t${index}`));
          await process?.store.claim(`t${index}`, process.id);
        };
        await Promise.all(Array.from({ length: races }, async (_, index) => takeIn(index)));
        const idsOf = (records: readonly TurnRecord[]): readonly string[] => records.map(({ input }) => input.turnId);
        const reader = await open();
        for (let ended = 0; ended < races; ended += 1) {
          const waiting = await reader.unfinished("test:one");
          expect(waiting).toHaveLength(races - ended);
          await Promise.all(idsOf(waiting).flatMap((turnId) => joined.map(({ store, id }) => store.claim(turnId, id))));
          const running = (await reader.unfinished("test:one")).filter(({ status }) => status !== "queued");
          expect(idsOf(running)).toEqual(idsOf(waiting.slice(0, 1)));
          for (const { input, fence } of running) await reader.append(input.turnId, fence, [turnEnd(input.turnId)]);
        }
      }),
  },
  {
    id: "S72",
    title: "who lives does not hang on the clocks of the processes, which differ",
    run: (create) =>
      onPlace(create, async (open) => {
        const day = 86_400_000;
        const [behind, right, ahead] = [await open(createManualClock(day)), await open(createManualClock(2 * day)), await open(createManualClock(3 * day))];
        const stores = [behind, right, ahead];
        const joined = await Promise.all(stores.map(join));
        for (const store of stores) expect(await Promise.all(joined.map(({ id }) => store.isAlive(id)))).toEqual([true, true, true]);
        expect((await behind.lock("gateway", 1)).held).toBe(true);
        expect((await ahead.lock("gateway", 3)).held).toBe(false);
      }),
  },
  leaseCase("S73", "when its lease has ended an instance is dead for everybody, claims nothing, and its locks are free", async ({ open, lapse }) => {
    const [asleep, awake] = [await open(), await open()];
    const [me, other] = [await join(asleep), await join(awake)];
    expect((await asleep.lock("gateway", 1)).held).toBe(true);
    await awake.accept(newTurn("t1"));
    await lapse(asleep);
    for (const store of [asleep, awake]) expect([await store.isAlive(me.id), await store.isAlive(other.id)]).toEqual([false, true]);
    await refuses(asleep.claim("t1", me.id), "store.failed");
    expect((await awake.lock("gateway", 2)).held).toBe(true);
    expect(await asleep.lock("gateway", 1)).toEqual({ held: false, holder: 2 });
  }),
  leaseCase("S74", "what an owner appends after its lease has ended is refused once another has claimed; joined anew it claims again", async ({ open, lapse }) => {
    const [asleep, awake] = [await open(), await open()];
    const [me, other] = [await join(asleep), await join(awake)];
    const old = await begin(asleep, me, "t1");
    await lapse(asleep);
    const fence = await claim(awake, other, "t1");
    await refuses(asleep.append("t1", old, [sample.step("late"), turnEnd("t1")]), "store.fenced");
    await awake.append("t1", fence, [turnEnd("t1")]);
    expect(await awake.events("t1")).toEqual([turnEnd("t1")]);
    const again = await join(asleep);
    expect(await begin(asleep, again, "t2")).toBe(1);
  }),
];
