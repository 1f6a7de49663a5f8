import type { JsonObject, JsonValue, Store } from "@omni/core";

/** How far a session has been consolidated. References only: the texts are kept, and erased, with the session. */
export interface ConsolidationRecord {
  /** Last turn that is consolidated; null for none. */
  readonly through: string | null;
  /** Where the rolling summary is kept; null for none. */
  readonly summaryId: string | null;
  /** True where the rolling summary may tell what strangers wrote or a guest said; it stays so for the summaries that are made of it. */
  readonly isForeign?: true;
  /** Where a batch is kept that was summarised and not yet stored; null for none. */
  readonly draftId: string | null;
}

/** The records of all sessions. */
export interface ConsolidationRecords {
  /** The record with its version; version 0 where there is none yet. */
  read(sessionId: string): Promise<{ readonly record: ConsolidationRecord; readonly version: number }>;
  /** False when another process was faster; then nothing was written. */
  write(sessionId: string, record: ConsolidationRecord, ifVersion: number): Promise<boolean>;
  remove(sessionId: string): Promise<void>;
}

const kind = "consolidation";
const empty: ConsolidationRecord = { through: null, summaryId: null, draftId: null };

/** Keeps the records as documents of the store. */
export function createConsolidationRecords(store: Pick<Store, "getDocument" | "putDocument" | "deleteDocument">): ConsolidationRecords {
  return {
    async read(sessionId) {
      const found = await store.getDocument(kind, sessionId);
      return found === undefined ? { record: empty, version: 0 } : { record: toRecord(found.value), version: found.version };
    },
    write: (sessionId, record, ifVersion) => store.putDocument(kind, sessionId, toDocument(record), ifVersion),
    async remove(sessionId) {
      await store.deleteDocument(kind, sessionId);
    },
  };
}

function toDocument({ through, summaryId, draftId, isForeign }: ConsolidationRecord): JsonObject {
  return { through, summaryId, draftId, ...(isForeign === undefined ? {} : { isForeign }) };
}

function toRecord(value: JsonValue): ConsolidationRecord {
  const fields = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  const read = (name: string): string | null => {
    const field = fields[name];
    return typeof field === "string" ? field : null;
  };
  return { through: read("through"), summaryId: read("summaryId"), draftId: read("draftId"), ...(fields["isForeign"] === true ? { isForeign: true } : {}) };
}
