import type { Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { MapStoreState } from "./map-store-state.ts";
import { toPairKey, turnsOf } from "./map-store-state.ts";

type Content = Pick<Store, "putText" | "readText" | "getDocument" | "putDocument" | "listDocuments" | "deleteDocument" | "outbox" | "updateOutbox" | "deleteSession" | "check">;

/** Texts, documents, outbox, deletion and the check. `sender` is who sends rows that become `sending`. */
export function createMapContent(state: MapStoreState, sender: () => string): Content {
  return { ...createTexts(state), ...createDocuments(state), ...createOutbox(state, sender), ...createUpkeep(state) };
}

function createTexts(state: MapStoreState): Pick<Store, "putText" | "readText"> {
  return {
    async putText(sessionId, _turnId, text) {
      const id = `text-${state.next()}`;
      state.texts.set(id, { sessionId, text });
      return id;
    },
    async readText(sessionId, checkpointId, { offset, limit }) {
      const found = state.texts.get(checkpointId);
      if (found?.sessionId !== sessionId) return undefined;
      const from = Math.max(0, offset);
      return { text: found.text.slice(from, from + Math.max(0, limit)), length: found.text.length };
    },
  };
}

function createDocuments(state: MapStoreState): Pick<Store, "getDocument" | "putDocument" | "listDocuments" | "deleteDocument"> {
  const { documents } = state;
  return {
    async getDocument(kind, id) {
      const found = documents.get(toPairKey(kind, id));
      return found === undefined ? undefined : structuredClone({ value: found.value, version: found.version });
    },
    async putDocument(kind, id, value, ifVersion) {
      const current = documents.get(toPairKey(kind, id))?.version ?? 0;
      if (ifVersion !== undefined && ifVersion !== current) return false;
      documents.set(toPairKey(kind, id), structuredClone({ kind, id, value, version: state.next() }));
      return true;
    },
    listDocuments: async (kind) =>
      structuredClone([...documents.values()].filter((each) => each.kind === kind).map(({ id, value, version }) => ({ id, value, version }))),
    deleteDocument: async (kind, id) => documents.delete(toPairKey(kind, id)),
  };
}

function createOutbox(state: MapStoreState, sender: () => string): Pick<Store, "outbox" | "updateOutbox"> {
  return {
    async outbox(channel, limit, leftOut = []) {
      const passedOver = new Set(leftOut);
      const due = [...state.outbox.values()].flatMap((entry) => {
        if (entry.row.channel !== channel || passedOver.has(entry.row.conversation)) return [];
        if (entry.row.state === "pending") return [entry.row];
        const isLost = entry.row.state === "sending" && (entry.sender === null || !state.alive.has(entry.sender));
        return isLost ? [{ ...entry.row, state: "unknown" as const }] : [];
      });
      return structuredClone(due.slice(0, limit));
    },
    async updateOutbox(id, { state: next, receipt, attempts }, ifAttempts) {
      const entry = state.outbox.get(id);
      if (entry === undefined) throw new OmniError("store.failed", `There is no outbox row ${id}.`);
      if (entry.row.attempts !== (ifAttempts ?? entry.row.attempts)) return false;
      entry.row = { ...entry.row, state: next, receipt, attempts };
      entry.sender = next === "sending" ? sender() : null;
      return true;
    },
  };
}

function createUpkeep(state: MapStoreState): Pick<Store, "deleteSession" | "check"> {
  return {
    async deleteSession(sessionId, at) {
      const turns = turnsOf(state, sessionId);
      if (turns.some((turn) => turn.endedAt === null)) throw new OmniError("session.busy", "A turn of the session has not ended.", { retryable: true });
      const texts = [...state.texts].filter(([, kept]) => kept.sessionId === sessionId);
      if (!state.sessions.delete(sessionId) && texts.length === 0) return false;
      const ids = new Set(turns.map((turn) => turn.input.turnId));
      for (const id of ids) state.turns.delete(id);
      for (const [id] of texts) state.texts.delete(id);
      for (const [id, { row }] of state.outbox) if (ids.has(row.turnId)) state.outbox.delete(id);
      for (const [key, { turnId }] of state.keys) if (ids.has(turnId)) state.keys.delete(key);
      state.tombstones.push({ sessionId, at });
      return true;
    },
    async check() {
      const lost = [...state.turns.values()].filter((turn) => turn.endedAt !== null).flatMap((turn) => {
        const results = turn.events.filter((event) => event.type === "tool-result");
        return turn.events.filter((event) => event.type === "tool-call" && !results.some((result) => result.callId === event.callId && result.round === event.round));
      });
      return { ok: lost.length === 0, detail: `${lost.length} calls of ended turns have no result` };
    },
  };
}
