import type { OutboxRow, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Book } from "./book.ts";
import { isAlive, turnsOf } from "./book.ts";
import type { Ledger } from "./ledger.ts";
import type { Life } from "./life.ts";

/** Kept texts. */
export function createTexts(ledger: Ledger): Pick<Store, "putText" | "readText"> {
  return {
    putText: (sessionId, _turnId, text) =>
      ledger.change((book) => {
        const id = `text-${(book.count += 1)}`;
        book.texts.push({ id, sessionId, text });
        return id;
      }),
    readText: (sessionId, checkpointId, { offset, limit }) =>
      ledger.read((book) => {
        const kept = book.texts.find(({ id }) => id === checkpointId);
        if (kept?.sessionId !== sessionId) return undefined;
        const from = Math.max(0, offset);
        return { text: kept.text.slice(from, from + Math.max(0, limit)), length: kept.text.length };
      }),
  };
}

/** Small named documents. */
export function createDocuments(ledger: Ledger): Pick<Store, "getDocument" | "putDocument" | "listDocuments" | "deleteDocument"> {
  const find = (book: Book, kind: string, id: string): Book["documents"][number] | undefined => book.documents.find((each) => each.kind === kind && each.id === id);
  return {
    getDocument: (kind, id) =>
      ledger.read((book) => {
        const found = find(book, kind, id);
        return found === undefined ? undefined : { value: found.value, version: found.version };
      }),
    putDocument(kind, id, given, ifVersion) {
      const value = structuredClone(given);
      return ledger.change((book) => {
        const found = find(book, kind, id);
        if (ifVersion !== undefined && ifVersion !== (found?.version ?? 0)) return false;
        const version = (book.count += 1);
        if (found === undefined) book.documents.push({ kind, id, value, version });
        else Object.assign(found, { value, version });
        return true;
      });
    },
    listDocuments: (kind) => ledger.read((book) => book.documents.filter((each) => each.kind === kind).map(({ id, value, version }) => ({ id, value, version }))),
    deleteDocument: (kind, id) =>
      ledger.change((book) => {
        const found = find(book, kind, id);
        book.documents = book.documents.filter((each) => each !== found);
        return found !== undefined;
      }),
  };
}

/** Rows on their way to channels. */
export function createOutbox(ledger: Ledger, life: Life): Pick<Store, "outbox" | "updateOutbox"> {
  return {
    outbox(channel, limit, leftOut = []) {
      const passedOver = new Set(leftOut);
      return ledger.read((book, now) =>
        book.outbox
          .filter(({ row }) => row.channel === channel && !passedOver.has(row.conversation))
          .flatMap(({ row, sender }): readonly OutboxRow[] => {
            if (row.state === "pending") return [row];
            return row.state === "sending" && !isAlive(book, sender, now) ? [{ ...row, state: "unknown" }] : [];
          })
          .slice(0, limit),
      );
    },
    updateOutbox: (id, { state, receipt, attempts }, ifAttempts) =>
      ledger.change((book, now) => {
        const entry = book.outbox.find(({ row }) => row.id === id);
        if (entry === undefined) throw new OmniError("store.failed", `There is no outbox row ${id}.`);
        if (entry.row.attempts !== (ifAttempts ?? entry.row.attempts)) return false;
        entry.row = { ...entry.row, state, receipt, attempts };
        entry.sender = state === "sending" ? life.sender(book, now) : null;
        return true;
      }),
  };
}

/** Erasing, and the look at integrity. */
export function createUpkeep(ledger: Ledger): Pick<Store, "deleteSession" | "check"> {
  return {
    deleteSession: (sessionId, at) =>
      ledger.change(async (book) => {
        const turns = turnsOf(book, sessionId);
        const texts = book.texts.filter((text) => text.sessionId === sessionId);
        if (turns.some(({ endedAt }) => endedAt === null)) throw new OmniError("session.busy", "A turn of the session has not ended; delete it afterwards.", { retryable: true });
        if (!book.sessions.some((each) => each.sessionId === sessionId) && texts.length === 0) return false;
        book.tombstones.push({ sessionId, at, turns: turns.length, hash: await toHash(JSON.stringify([turns, texts])) });
        const gone = new Set(turns.map(({ input }) => input.turnId));
        book.sessions = book.sessions.filter((each) => each.sessionId !== sessionId);
        book.turns = book.turns.filter((turn) => !turns.includes(turn));
        book.texts = book.texts.filter((text) => !texts.includes(text));
        book.outbox = book.outbox.filter(({ row }) => !gone.has(row.turnId));
        book.keys = book.keys.filter(({ turnId }) => !gone.has(turnId));
        return true;
      }),
    check: () =>
      ledger.read((book) => {
        const lost = book.turns
          .filter(({ endedAt }) => endedAt !== null)
          .flatMap(({ events }) => {
            const settled = new Set(events.flatMap((event) => (event.type === "tool-result" ? [`${event.round} ${event.callId}`] : [])));
            return events.filter((event) => event.type === "tool-call" && !settled.has(`${event.round} ${event.callId}`));
          });
        return { ok: lost.length === 0, detail: `${book.turns.length} turns, ${lost.length} calls of ended turns without a result` };
      }),
  };
}

async function toHash(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return bytes.reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "");
}
