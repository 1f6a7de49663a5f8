import type { Store } from "@omni/core";
import type { Create } from "../src/contract.ts";
import type { MapStorePlace } from "../src/fakes/index.ts";
import type { StorePlace } from "../src/store.ts";
import { createMapStorePlace } from "../src/fakes/index.ts";

type State = MapStorePlace["state"];

/** What lives in one store of the place. */
interface Living {
  readonly instances: Set<string>;
  readonly locks: Set<string>;
}

/** A place of map stores whose leases can be let end; `keeps` is what a wrong one forgets to end, and its stores may do one thing otherwise. */
export function leasingPlace(keeps?: keyof Living, change: (store: Store, state: State) => Partial<Store> = () => ({})): Create<StorePlace> {
  return () => {
    const place = createMapStorePlace();
    const living = new Map<Store, Living>();
    return {
      async open(clock) {
        const store = await place.open(clock);
        const own: Living = { instances: new Set(), locks: new Set() };
        const leased: Store = { ...store, ...createLeases(store, own), ...change(store, place.state) };
        living.set(leased, own);
        return leased;
      },
      async lapse(store) {
        const own = living.get(store);
        if (keeps !== "instances") for (const id of own?.instances ?? []) place.state.alive.delete(id);
        if (keeps !== "locks") for (const name of own?.locks ?? []) place.state.locks.delete(name);
      },
      dispose: place.dispose,
    };
  };
}

function createLeases(store: Store, own: Living): Pick<Store, "join" | "lock"> {
  return {
    async join(info) {
      const instance = await store.join(info);
      own.instances.add(instance.id);
      return instance;
    },
    async lock(name, info) {
      const lock = await store.lock(name, info);
      if (lock.held) own.locks.add(name);
      return lock;
    },
  };
}
