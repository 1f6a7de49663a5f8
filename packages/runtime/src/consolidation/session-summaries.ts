import type { Store } from "@omni/core";
import type { ConsolidationRecord, ConsolidationRecords } from "./consolidation-record.ts";
import { readWhole } from "./read-whole.ts";

/** Most summaries kept in memory. */
const mostKept = 256;

/** A rolling summary, and where it is kept. */
export interface SessionSummary {
  readonly checkpointId: string;
  readonly text: string;
  /** True where it may tell what strangers wrote. Said of the newest alone: of one that was recorded with a turn, the prompt of that turn says it. */
  readonly isForeign?: true;
}

/** The rolling summaries of sessions. */
export interface SessionSummaries {
  /** What stands before a session's history: as it is now, or as it was recorded with a turn. */
  of(sessionId: string, checkpointId?: string): Promise<SessionSummary | undefined>;
}

/** Reads summaries, the lately used ones from memory: a kept text never changes. */
export function createSessionSummaries(records: ConsolidationRecords, store: Pick<Store, "readText">): SessionSummaries {
  const kept = new Map<string, string>();
  return {
    async of(sessionId, checkpointId) {
      const { summaryId: id, isForeign }: Pick<ConsolidationRecord, "summaryId" | "isForeign"> = checkpointId === undefined ? (await records.read(sessionId)).record : { summaryId: checkpointId };
      if (id === null) return undefined;
      const text = kept.get(id) ?? (await readWhole(sessionId, id, store));
      if (text === undefined) return undefined;
      kept.delete(id);
      kept.set(id, text);
      const oldest = kept.size > mostKept ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      return { checkpointId: id, text, ...(isForeign === undefined ? {} : { isForeign }) };
    },
  };
}
