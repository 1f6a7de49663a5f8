import { readFileSync } from "node:fs";
import type { Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { describe } from "vitest";
import type { MapStorePlace } from "../src/fakes/index.ts";
import type { Create } from "../src/contract.ts";
import type { StorePlace } from "../src/store.ts";
import { copyingPlace } from "./copying-store-place.ts";
import { createManualClock, createMapStorePlace } from "../src/fakes/index.ts";
import { describeBroken } from "../src/broken.ts";
import { describeDocumented } from "../src/documented.ts";
import { leasingPlace } from "./leasing-store-place.ts";
import { newTurn } from "../src/store-fixtures.ts";
import { describeStore, storeContract } from "../src/store.ts";

type State = MapStorePlace["state"];

/** A place whose stores do one thing otherwise. */
function broken(change: (store: Store, state: State) => Partial<Store>): Create<StorePlace> {
  return () => {
    const place = createMapStorePlace();
    return {
      async open(clock) {
        const store = await place.open(clock);
        return { ...store, ...change(store, place.state) };
      },
      dispose: place.dispose,
    };
  };
}

/** A place that forgets: each store that is opened there finds nothing. */
const forgetful: Create<StorePlace> = () => ({ open: (clock) => createMapStorePlace().open(clock), dispose: async () => undefined });

/** Claims as if nobody owned the turn. */
const greedy = broken((store, state) => ({
  claim: (turnId, instanceId) => {
    const turn = state.turns.get(turnId);
    if (turn !== undefined) turn.owner = null;
    return store.claim(turnId, instanceId);
  },
}));

const undying = broken(() => ({ close: async () => undefined }));

const brokenIntake: Readonly<Record<string, Create<StorePlace>>> = {
  S1: forgetful,
  S2: broken((store) => ({ accept: (turn) => store.accept({ ...turn, platformId: turn.input.turnId }) })),
  S3: broken((store) => ({ accept: (turn) => store.accept({ ...turn, channel: "any" }) })),
  S4: broken((store) => ({ accept: ({ idempotency: _idempotency, ...turn }) => store.accept(turn) })),
  S5: broken((store) => ({
    accept: ({ idempotency, ...turn }) => store.accept({ ...turn, ...(idempotency === undefined ? {} : { idempotency: { ...idempotency, bodyHash: "any" } }) }),
  })),
  S6: broken((store) => ({ accept: (turn) => store.accept({ ...turn, input: { ...turn.input, principal: { id: "anybody", scopes: [] } } }) })),
  S7: broken((store) => ({ accept: (turn) => store.accept({ ...turn, queueLimit: Infinity }) })),
  S8: broken((store) => ({
    accept: async (turn) => {
      const open = (await store.unfinished(turn.input.sessionId)).length;
      return open >= turn.queueLimit ? { result: "full", queued: open } : store.accept(turn);
    },
  })),
  S9: broken((store) => ({ unfinished: async (sessionId) => (await store.unfinished(sessionId)).toReversed() })),
  S10: broken(() => ({ cancelQueued: async () => true })),
  S11: broken((store) => ({ cancelQueued: async (turnId, at) => (await store.cancelQueued(turnId, at)) || turnId === "t1" })),
  S12: broken((store, state) => ({ accept: (turn) => store.accept({ ...turn, platformId: `${turn.platformId}${state.next()}` }) })),
};

const brokenOwning: Readonly<Record<string, Create<StorePlace>>> = {
  S13: broken((store) => ({ claim: async (turnId, id) => ({ ...(await store.claim(turnId, id)), attempt: 0 }) })),
  S14: greedy,
  S15: broken((store) => ({
    claim: async (turnId, id) => {
      const claim = await store.claim(turnId, id);
      return claim.result === "owned" ? { result: "owned", owner: claim.owner } : claim;
    },
  })),
  S16: broken((store) => ({
    claim: async (turnId, id) => {
      const claim = await store.claim(turnId, id);
      return claim.result === "behind" ? { ...claim, ownerAlive: false } : claim;
    },
  })),
  S17: broken((store) => ({
    claim: async (turnId, id) => {
      const first = (await store.unfinished())[0]?.input.turnId;
      return first === undefined || first === turnId ? store.claim(turnId, id) : { result: "behind", turnId: first, ownerAlive: true };
    },
  })),
  S18: broken((store) => ({
    claim: async (turnId, id) => {
      const claim = await store.claim(turnId, id);
      return claim.result === "ended" ? { result: "claimed", input: newTurn(turnId).input, fence: 2, attempt: 2, events: [] } : claim;
    },
  })),
  S19: broken((store) => ({
    claim: async (turnId, id) => {
      const claim = await store.claim(turnId, id);
      return claim.result === "claimed" ? { ...claim, events: [] } : claim;
    },
  })),
  S20: undying,
  S21: broken((store, state) => ({ append: (turnId, _fence, events, outbox) => store.append(turnId, state.turns.get(turnId)?.fence ?? 0, events, outbox) })),
  S22: broken((store, state) => ({
    append: (turnId, fence, events, outbox) => {
      const turn = state.turns.get(turnId);
      if (turn?.status === "queued") turn.status = "running";
      return store.append(turnId, fence, events, outbox);
    },
  })),
  S23: broken((store, state) => ({
    append: async (turnId, fence, events, outbox) => {
      if (state.turns.get(turnId)?.outcome === null) await store.append(turnId, fence, events, outbox);
    },
  })),
  S24: broken((store, state) => ({
    claim: (turnId, id) => {
      state.alive.add(id);
      return store.claim(turnId, id);
    },
  })),
  S25: greedy,
};

const brokenRecording: Readonly<Record<string, Create<StorePlace>>> = {
  S26: broken((store) => ({ append: (turnId, fence, events, outbox) => store.append(turnId, fence, events.toReversed(), outbox) })),
  S27: broken((store) => ({
    append: async (turnId, fence, events, outbox) => {
      try {
        for (const event of events.slice(0, -1)) await store.append(turnId, fence, [event]);
        await store.append(turnId, fence, events.slice(-1), outbox);
      } catch {
        throw new OmniError("store.failed", "Only some of it was written.");
      }
    },
  })),
  S28: broken((store) => ({
    turn: async (turnId) => {
      const record = await store.turn(turnId);
      return record?.outcome ? { ...record, outcome: { ...record.outcome, error: null } } : record;
    },
  })),
  S29: broken((store) => ({
    session: async (sessionId) => {
      const record = await store.session(sessionId);
      return record === undefined ? undefined : { ...record, totalToolCalls: 0 };
    },
  })),
  S30: broken((store) => ({
    turn: async (turnId) => {
      const record = await store.turn(turnId);
      return record?.status === "waiting" ? { ...record, status: "running" } : record;
    },
  })),
  S31: broken((store, state) => ({
    turn: async (turnId) => {
      const record = await store.turn(turnId);
      const kept = state.turns.get(turnId);
      return record === undefined || kept === undefined ? undefined : { ...record, input: kept.input };
    },
  })),
};

const brokenSessions: Readonly<Record<string, Create<StorePlace>>> = {
  S32: broken((store) => ({ turns: (sessionId, { limit }) => store.turns(sessionId, { limit }) })),
  S33: broken((store) => ({ sessions: async (options) => (await store.sessions(options)).toReversed() })),
  S34: broken((store) => ({
    session: async (sessionId) => {
      const record = await store.session(sessionId);
      return record === undefined ? undefined : { ...record, updatedAt: record.createdAt };
    },
  })),
  S35: broken((store) => ({ slots: async (sessionId, limit) => (await store.slots(sessionId, Infinity)).slice(0, limit) })),
  S36: broken(() => ({ release: async () => undefined })),
  S37: broken((store, state) => ({
    release: async (sessionId, turnId) => {
      const session = state.sessions.get(sessionId);
      if (session !== undefined && !state.turns.has(turnId)) session.releasedThrough = Infinity;
      await store.release(sessionId, turnId);
    },
  })),
  S38: broken((store, state) => ({
    deleteSession: async (sessionId, at) => {
      const texts = [...state.texts];
      const deleted = await store.deleteSession(sessionId, at);
      for (const [id, text] of texts) state.texts.set(id, text);
      return deleted;
    },
  })),
  S39: broken((store) => ({ deleteSession: (sessionId, at) => store.deleteSession(sessionId, at).catch(() => false) })),
  S40: broken((store, state) => ({
    deleteSession: (sessionId, at) => {
      state.inbox.clear();
      return store.deleteSession(sessionId, at);
    },
  })),
  S41: broken((store) => ({ putDocument: (kind, id, value, ifVersion) => store.putDocument(kind, id.normalize("NFC"), value, ifVersion) })),
};

const brokenContent: Readonly<Record<string, Create<StorePlace>>> = {
  S42: broken((store) => ({ putText: (sessionId, turnId, text) => store.putText(sessionId, turnId, text.toWellFormed()) })),
  S43: broken((store, state) => ({ readText: (_sessionId, id, range) => store.readText(state.texts.get(id)?.sessionId ?? "", id, range) })),
  S44: broken((store) => ({
    deleteDocument: async (kind, id) => {
      await store.deleteDocument(kind, id);
      return true;
    },
  })),
  S45: broken((store) => ({ putDocument: (kind, id, value) => store.putDocument(kind, id, value) })),
  S46: broken((store, state) => ({
    putDocument: async (kind, id, value, ifVersion) => {
      const isNew = (await store.getDocument(kind, id)) === undefined;
      const kept = await store.putDocument(kind, id, value, ifVersion);
      const key = JSON.stringify([kind, id]);
      const document = state.documents.get(key);
      if (isNew && document !== undefined) state.documents.set(key, { ...document, version: 1 });
      return kept;
    },
  })),
  S47: broken((store) => ({ outbox: async (channel, limit) => [...(await store.outbox(channel, limit))].sort((left, right) => (left.id < right.id ? -1 : 1)) })),
  S48: broken((store) => ({ outbox: async (channel, limit) => (await store.outbox(channel, limit)).map((row) => ({ ...row, state: "pending" })) })),
  S49: broken((store, state) => ({
    updateOutbox: async (id, change) => {
      const isChanged = await store.updateOutbox(id, change);
      const entry = state.outbox.get(id);
      if (entry !== undefined) entry.sender = null;
      return isChanged;
    },
  })),
  S50: broken((store) => ({ updateOutbox: (id, change) => store.updateOutbox(id, change).catch(() => true) })),
};

const brokenLife: Readonly<Record<string, Create<StorePlace>>> = {
  S51: broken(() => ({ isAlive: async () => true })),
  S52: broken((store) => ({
    lock: async (name, info) => {
      const lock = await store.lock(name, info);
      return lock.held ? lock : { ...lock, holder: null };
    },
  })),
  S53: broken((store, state) => ({
    lock: async (name, info) => {
      const lock = await store.lock(name, info);
      return lock.held ? { held: true, release: async () => void state.locks.delete(name) } : lock;
    },
  })),
  S54: forgetful,
  S55: broken(() => ({ check: async () => ({ ok: true, detail: "not looked at" }) })),
  S56: undying,
};

const brokenCopies: Readonly<Record<string, Create<StorePlace>>> = {
  S57: copyingPlace((store, _state, copies) => ({
    backup: async (folder) => {
      await store.backup(folder);
      copies.get(folder)?.state.texts.clear();
    },
  })),
  S58: copyingPlace((store, state) => ({
    restore: async (folder) => {
      const documents = [...state.documents];
      await store.restore(folder);
      for (const [key, document] of documents) state.documents.set(key, document);
    },
  })),
  S59: copyingPlace((store, state) => ({
    restore: (folder) => {
      state.alive.clear();
      return store.restore(folder);
    },
  })),
  S60: copyingPlace((store, state, copies) => ({
    restore: async (folder) => {
      if (!copies.has(folder)) state.turns.clear();
      await store.restore(folder);
    },
  })),
  S61: copyingPlace((store, state) => ({
    restore: async (folder) => {
      await store.restore(folder);
      state.locks.clear();
    },
  })),
};

const brokenOutbox: Readonly<Record<string, Create<StorePlace>>> = {
  S62: broken((store) => ({ outbox: async (channel, limit, leftOut = []) => (await store.outbox(channel, limit)).filter((row) => !leftOut.includes(row.conversation)) })),
  S64: broken((store) => ({ updateOutbox: (id, change) => store.updateOutbox(id, change) })),
  S63: broken((store) => ({
    outbox: async (channel, limit, leftOut = []) => {
      const passedOver = new Set(leftOut.map((conversation) => conversation.toWellFormed()));
      return (await store.outbox(channel, Infinity)).filter((row) => !passedOver.has(row.conversation.toWellFormed())).slice(0, limit);
    },
  })),
};

/** A moment in which others go on. */
const aMoment = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A place where who lives is judged by the clock of whoever asks. */
const clocked: Create<StorePlace> = () => {
  const place = createMapStorePlace();
  const joinedAt = new Map<string, number>();
  return {
    async open(clock = createManualClock()) {
      const store = await place.open(clock);
      const join: Store["join"] = async (info) => {
        const instance = await store.join(info);
        joinedAt.set(instance.id, clock.now());
        return instance;
      };
      return { ...store, join, isAlive: async (id) => (await store.isAlive(id)) && clock.now() - (joinedAt.get(id) ?? 0) < 60_000 };
    },
    dispose: place.dispose,
  };
};

const brokenSharing: Readonly<Record<string, Create<StorePlace>>> = {
  // The fence is looked at first and written under later.
  S70: broken((store, state) => ({
    append: async (turnId, fence, events, outbox) => {
      const isHeld = state.turns.get(turnId)?.fence === fence;
      await aMoment();
      await store.append(turnId, isHeld ? (state.turns.get(turnId)?.fence ?? fence) : fence, events, outbox);
    },
  })),
  // The place in the order is drawn first and taken later.
  S71: broken((store, state) => ({
    accept: async (turn) => {
      const seq = state.next();
      if (seq % 2 === 0) await aMoment();
      const accepted = await store.accept(turn);
      const kept = state.turns.get(turn.input.turnId);
      if (kept !== undefined) state.turns.set(turn.input.turnId, { ...kept, seq });
      return accepted;
    },
  })),
  S72: clocked,
  S73: leasingPlace("locks"),
  S74: leasingPlace(undefined, (store, state) => ({ append: (turnId, _fence, events, outbox) => store.append(turnId, state.turns.get(turnId)?.fence ?? 0, events, outbox) })),
};

describe("the kit of stores", () => {
  describeStore("the map store", createMapStorePlace);
  describeStore("the map store with copies", copyingPlace(), { abilities: ["backup"] });
  describeStore("the map store with leases", leasingPlace(), { abilities: ["leases"] });
  describeBroken(storeContract, { ...brokenIntake, ...brokenOwning, ...brokenRecording, ...brokenSessions, ...brokenContent, ...brokenLife, ...brokenCopies, ...brokenOutbox, ...brokenSharing });
  describeDocumented(storeContract, readFileSync(new URL("../../../docs/contracts/store.md", import.meta.url), "utf8"));
});
