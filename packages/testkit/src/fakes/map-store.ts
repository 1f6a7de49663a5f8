import type { Clock, Instance, JsonValue, LockResult, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { MapStoreState } from "./map-store-state.ts";
import { createManualClock } from "./manual-clock.ts";
import { createMapContent } from "./map-store-content.ts";
import { createMapReads } from "./map-store-reads.ts";
import { createMapStoreState } from "./map-store-state.ts";
import { createMapTurns } from "./map-store-turns.ts";

/** Maps that outlive the stores opened on them, as a disk does. */
export interface MapStorePlace {
  readonly state: MapStoreState;
  open(clock?: Clock): Promise<Store>;
  dispose(): Promise<void>;
}

/** Makes an empty place. */
export function createMapStorePlace(): MapStorePlace {
  const state = createMapStoreState();
  return {
    state,
    open: async (clock = createManualClock()) => openMapStore(state, clock),
    dispose: async () => undefined,
  };
}

/** A store in memory that keeps the whole contract except that nothing of it survives the process. */
export function createMapStore(clock: Clock = createManualClock()): Store {
  return openMapStore(createMapStoreState(), clock);
}

function openMapStore(state: MapStoreState, clock: Clock): Store {
  const life = createMapLife(state);
  const whileOpen = <Arguments extends readonly unknown[], Result>(body: (...given: Arguments) => Promise<Result>) => {
    return async (...given: Arguments): Promise<Result> => {
      if (!life.isOpen()) throw new OmniError("store.failed", "The store is closed.");
      return body(...given);
    };
  };
  const turns = createMapTurns(state, clock, life.sender);
  const reads = createMapReads(state);
  const content = createMapContent(state, life.sender);
  return {
    join: whileOpen(async () => life.join()),
    isAlive: whileOpen(async (id) => state.alive.has(id)),
    lock: whileOpen(async (name, info) => life.lock(name, info)),
    accept: whileOpen(turns.accept),
    claim: whileOpen(turns.claim),
    append: whileOpen(turns.append),
    cancelQueued: whileOpen(turns.cancelQueued),
    turn: whileOpen(reads.turn),
    events: whileOpen(reads.events),
    turns: whileOpen(reads.turns),
    unfinished: whileOpen(reads.unfinished),
    session: whileOpen(reads.session),
    sessions: whileOpen(reads.sessions),
    slots: whileOpen(reads.slots),
    oldestSlots: whileOpen(reads.oldestSlots),
    release: whileOpen(reads.release),
    deleteSession: whileOpen(content.deleteSession),
    outbox: whileOpen(content.outbox),
    updateOutbox: whileOpen(content.updateOutbox),
    putText: whileOpen(content.putText),
    readText: whileOpen(content.readText),
    getDocument: whileOpen(content.getDocument),
    putDocument: whileOpen(content.putDocument),
    listDocuments: whileOpen(content.listDocuments),
    deleteDocument: whileOpen(content.deleteDocument),
    check: whileOpen(content.check),
    close: async () => life.end(),
  };
}

interface MapLife {
  isOpen(): boolean;
  join(): Instance;
  /** The instance that sends, made when there is none. */
  sender(): string;
  lock(name: string, info: JsonValue): LockResult;
  end(): void;
}

/** What dies with one open store: its instances and its locks. */
function createMapLife(state: MapStoreState): MapLife {
  const instances = new Set<string>();
  const locks = new Map<string, { readonly holder: JsonValue }>();
  let isOpen = true;
  const leave = (id: string): void => {
    instances.delete(id);
    state.alive.delete(id);
  };
  const release = (name: string, lock: { readonly holder: JsonValue }): void => {
    if (state.locks.get(name) === lock) state.locks.delete(name);
    locks.delete(name);
  };
  const join = (): Instance => {
    const id = `instance-${state.next()}`;
    instances.add(id);
    state.alive.add(id);
    return { id, leave: async () => leave(id) };
  };
  return {
    isOpen: () => isOpen,
    join,
    sender: () => [...instances].at(-1) ?? join().id,
    lock(name, info) {
      const held = state.locks.get(name);
      if (held !== undefined) return { held: false, holder: structuredClone(held.holder) };
      const lock = { holder: structuredClone(info) };
      state.locks.set(name, lock);
      locks.set(name, lock);
      return { held: true, release: async () => release(name, lock) };
    },
    end() {
      isOpen = false;
      for (const id of [...instances]) leave(id);
      for (const [name, lock] of [...locks]) release(name, lock);
    },
  };
}
