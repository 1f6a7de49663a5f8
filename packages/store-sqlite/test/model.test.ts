import type { Store } from "@omni/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoreHome } from "./store-home.ts";
import { makeStoreHome, newTurn, step, turnEnd } from "./store-home.ts";

/** What a turn must look like, by the plainest account of the contract. */
interface Expected {
  readonly id: string;
  readonly session: string;
  /** Id of the instance that claimed it last: the next life of a number is another instance. */
  owner: string | undefined;
  fence: number;
  ended: boolean;
  readonly events: string[];
}

interface World {
  readonly expected: Expected[];
  readonly alive: Map<number, string>;
  readonly store: () => Store;
}

type Action =
  | { readonly do: "accept"; readonly session: number }
  | { readonly do: "claim"; readonly turn: number; readonly instance: number }
  | { readonly do: "append"; readonly turn: number; readonly isOld: boolean; readonly isEnd: boolean; readonly count: number }
  | { readonly do: "die"; readonly instance: number }
  | { readonly do: "cancel"; readonly turn: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("accept" as const), session: fc.nat({ max: 1 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("claim" as const), turn: fc.nat({ max: 9 }), instance: fc.nat({ max: 2 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("append" as const), turn: fc.nat({ max: 9 }), isOld: fc.boolean(), isEnd: fc.boolean(), count: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("die" as const), instance: fc.nat({ max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), turn: fc.nat({ max: 9 }) }) },
);

function isAlive(world: World, owner: string | undefined): boolean {
  return owner !== undefined && [...world.alive.values()].includes(owner);
}

async function claim(world: World, turn: Expected, instance: number): Promise<void> {
  const id = world.alive.get(instance) ?? (await world.store().join({ kind: "test", pid: instance })).id;
  world.alive.set(instance, id);
  const ahead = world.expected.find((each) => each.session === turn.session && !each.ended);
  const result = await world.store().claim(turn.id, id);
  if (turn.ended) return expect(result).toEqual({ result: "ended" });
  if (ahead !== undefined && ahead !== turn) return expect(result).toEqual({ result: "behind", turnId: ahead.id, ownerAlive: isAlive(world, ahead.owner) });
  const held = (): object => ({ input: expect.objectContaining({ turnId: turn.id, sessionId: turn.session }) as unknown, fence: turn.fence, attempt: turn.fence, events: turn.events.map(step) });
  if (isAlive(world, turn.owner)) return expect(result).toEqual({ result: "owned", owner: turn.owner, ...(turn.owner === id ? { held: held() } : {}) });
  turn.owner = id;
  turn.fence += 1;
  return expect(result).toEqual({ result: "claimed", ...held() });
}

async function append(world: World, turn: Expected, { isOld, isEnd, count }: { readonly isOld: boolean; readonly isEnd: boolean; readonly count: number }): Promise<void> {
  const values = Array.from({ length: count }, (_, index) => `${turn.events.length + index}`);
  const events = [...values.map(step), ...(isEnd ? [turnEnd(turn.id, turn.session)] : [])];
  const call = world.store().append(turn.id, isOld ? turn.fence - 1 : turn.fence, events);
  if (isOld || turn.fence === 0 || turn.ended) return expect(call).rejects.toMatchObject({ code: "store.fenced" });
  await call;
  turn.events.push(...values);
  turn.ended ||= isEnd;
}

async function act(world: World, each: Action): Promise<void> {
  if (each.do === "accept") {
    const turn = { id: `t${world.expected.length}`, session: `test:${each.session}`, owner: undefined, fence: 0, ended: false, events: [] };
    world.expected.push(turn);
    expect(await world.store().accept(newTurn(turn.id, turn.session))).toEqual({ result: "accepted", turnId: turn.id });
    return;
  }
  if (each.do === "die") return void world.alive.delete(each.instance);
  const turn = world.expected[each.turn];
  if (turn === undefined) return;
  if (each.do === "claim") return claim(world, turn, each.instance);
  if (each.do === "append") return append(world, turn, each);
  expect(await world.store().cancelQueued(turn.id, 5)).toBe(turn.fence === 0 && !turn.ended);
  if (turn.fence === 0) turn.ended = true;
}

async function compare(world: World): Promise<void> {
  const store = world.store();
  for (const turn of world.expected) {
    const values = (await store.events(turn.id)).flatMap((event) => (event.type === "step" ? [event.value] : []));
    expect(values).toEqual(turn.events);
    expect(await store.turn(turn.id)).toMatchObject({ fence: turn.fence, attempts: turn.fence });
  }
  for (const session of ["test:0", "test:1"]) {
    const turns = world.expected.filter((turn) => turn.session === session);
    if (turns.length === 0) continue;
    expect((await store.unfinished(session)).map((record) => record.input.turnId)).toEqual(turns.filter((turn) => !turn.ended).map((turn) => turn.id));
    expect(await store.session(session)).toMatchObject({ totalTurns: turns.filter((turn) => turn.ended).length, openTurns: turns.filter((turn) => !turn.ended).length });
    expect(await store.slots(session, 100)).toHaveLength(turns.filter((turn) => turn.ended).length);
  }
}

/** Runs actions; the death of an instance is the end of its store, so each instance has one of its own. */
async function play(home: StoreHome, actions: readonly Action[]): Promise<void> {
  const main = await home.open();
  const stores = new Map<number, Store>();
  let current = main;
  const world: World = { expected: [], alive: new Map(), store: () => current };
  for (const each of actions) {
    if (each.do === "claim") {
      current = stores.get(each.instance) ?? (await home.open());
      stores.set(each.instance, current);
    }
    if (each.do === "die") {
      await stores.get(each.instance)?.close();
      stores.delete(each.instance);
    }
    await act(world, each);
    current = main;
  }
  await compare(world);
  await main.close();
  current = await home.open();
  await compare(world);
}

describe("accepting, claiming and appending", () => {
  it("go as the plainest account of the contract says, in any order, with any deaths", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
        const home = makeStoreHome();
        try {
          await play(home, actions);
        } finally {
          await home.dispose();
        }
      }),
      { numRuns: 40 },
    );
  });
});
