import type { Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Create } from "../src/contract.ts";
import type { MapStorePlace } from "../src/fakes/index.ts";
import type { StorePlace } from "../src/store.ts";
import { createMapStorePlace } from "../src/fakes/index.ts";

type State = MapStorePlace["state"];
type Copies = Map<string, MapStorePlace>;

/** A place of map stores that can be copied, whose stores do one thing otherwise. */
export function copyingPlace(change: (store: Required<Store>, state: State, copies: Copies) => Partial<Store> = () => ({})): Create<StorePlace> {
  return () => {
    const place = createMapStorePlace();
    const copies: Copies = new Map();
    return {
      async open(clock) {
        const store: Required<Store> = { ...(await place.open(clock)), ...createCopies(place.state, copies) };
        return { ...store, ...change(store, place.state, copies) };
      },
      async openCopy(folder) {
        return needCopy(copies, folder).open();
      },
      dispose: place.dispose,
    };
  };
}

function createCopies(state: State, copies: Copies): Required<Pick<Store, "backup" | "restore">> {
  return {
    async backup(folder) {
      if (copies.has(folder)) throw new OmniError("store.failed", "There is a copy already.");
      const copy = createMapStorePlace();
      fill(copy.state, state);
      copies.set(folder, copy);
    },
    async restore(folder) {
      const copy = needCopy(copies, folder);
      if (state.alive.size > 0) throw new OmniError("home.held", "An instance lives.");
      fill(state, copy.state);
    },
  };
}

function needCopy(copies: Copies, folder: string): MapStorePlace {
  const copy = copies.get(folder);
  if (copy === undefined) throw new OmniError("store.failed", "There is no copy.");
  return copy;
}

/** Everything that is kept; who lives and who holds what stays. */
function fill(to: State, from: State): void {
  for (const name of ["turns", "sessions", "inbox", "keys", "outbox", "texts", "documents"] as const) {
    const target: Map<string, unknown> = to[name];
    target.clear();
    for (const [key, value] of structuredClone<Map<string, unknown>>(from[name])) target.set(key, value);
  }
  to.tombstones.splice(0, Infinity, ...structuredClone(from.tombstones));
}
