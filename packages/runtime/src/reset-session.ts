import type { Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ConsolidationRecords } from "./consolidation/consolidation-record.ts";

/** Most tries beside a consolidation, which writes the same record a few times in all. */
const mostTries = 16;

/**
 * Lets a session start afresh: its next turn is shown none of those before,
 * nor what was summed up of them. The transcript stays, and so does what is
 * remembered. The record goes first: where the process is killed behind it,
 * the next turn releases what the record has passed. A consolidation that is
 * under way finds the record changed and gives up. Throws `session.busy` where
 * one is always faster.
 */
export async function resetSession(sessionId: string, { store, records }: { readonly store: Pick<Store, "slots" | "release">; readonly records: Pick<ConsolidationRecords, "read" | "write"> }): Promise<void> {
  const newest = (await store.slots(sessionId, 1)).at(-1);
  for (let tries = 0; ; tries += 1) {
    const { record, version } = await records.read(sessionId);
    if (newest === undefined && version === 0) return;
    if (await records.write(sessionId, { through: newest?.turnId ?? record.through, summaryId: null, draftId: null }, version)) break;
    if (tries === mostTries) throw new OmniError("session.busy", `${sessionId} is being summed up; try again in a moment.`, { retryable: true });
  }
  if (newest !== undefined) await store.release(sessionId, newest.turnId);
}
