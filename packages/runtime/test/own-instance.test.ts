import { describe, expect, it } from "vitest";
import type { NewTurn, Store } from "@omni/core";
import { createMapStorePlace } from "@omni/testkit/fakes";
import type { OwnInstance } from "../src/own-instance.ts";
import { createOwnInstance } from "../src/own-instance.ts";

interface Opened {
  readonly own: OwnInstance;
  readonly store: Store;
  readonly told: string[];
  /** Lets the leases of the store end, as for a machine that slept. */
  lapse(): void;
  /** Makes the next look at who is told reject. */
  refuse(): void;
}

async function open(): Promise<Opened> {
  const place = createMapStorePlace();
  const store = await place.open();
  const told: string[] = [];
  let isRefused = false;
  const own = createOwnInstance(store, {
    info: { kind: "test", pid: 1 },
    state: "/no/such/folder",
    async rejoined() {
      told.push("rejoined");
      if (isRefused) throw new Error("another has the home");
    },
  });
  return { own, store, told, lapse: () => place.state.alive.clear(), refuse: () => void (isRefused = true) };
}

const ids = ["t1", "t2", "t3"];

/** A message of a session of its own. */
function newTurn(turnId: string): NewTurn {
  const input = { turnId, sessionId: `test:${turnId}`, text: "go", principal: { id: "owner", scopes: [] }, autonomy: "full", workspace: "/w", origin: "test", interactive: true, at: 0 } as const;
  return { input, channel: "test", platformId: turnId, queueLimit: 10 };
}

describe("the instance of a process", () => {
  it("joins once, when it is needed first", async () => {
    const { own, told } = await open();
    const [one, other] = await Promise.all([own.get(), own.get()]);
    expect([one === other, told]).toEqual([true, []]);
  });

  it("joins anew where it was taken for dead, once for all claims that are refused, and tells it", async () => {
    const { own, store, told, lapse } = await open();
    for (const id of ids) await store.accept(newTurn(id));
    const before = await own.get();
    lapse();
    const claims = await Promise.all(ids.map((id) => own.claim(id)));
    expect(claims.map(({ result }) => result)).toEqual(["claimed", "claimed", "claimed"]);
    const after = await own.get();
    expect([after.id === before.id, await store.isAlive(after.id), told]).toEqual([false, true, ["rejoined"]]);
  });

  it("claims nothing where its home is another's meanwhile", async () => {
    const { own, store, lapse, refuse } = await open();
    await store.accept(newTurn("t1"));
    await own.get();
    lapse();
    refuse();
    await expect(own.claim("t1")).rejects.toThrow("another has the home");
    expect(await store.turn("t1")).toMatchObject({ owner: null });
  });

  it("passes on what else a claim is refused with", async () => {
    const { own, told } = await open();
    await own.get();
    await expect(own.claim("unknown")).rejects.toMatchObject({ code: "turn.not-found" });
    expect(told).toEqual([]);
  });
});
