import type { ConsolidationParts } from "./consolidation-parts.ts";

/** What was written of a batch. */
export interface WrittenBatch {
  readonly through: string;
  readonly draftId: string;
  /** Ids of the episodes that may have been stored. */
  readonly ids: readonly string[];
}

/**
 * Takes back what was written of a batch whose session another process has
 * erased meanwhile, or is erasing: then its turns are gone, or its record is,
 * which an erasure removes first. Does nothing for any other session.
 */
export async function withdrawErased(sessionId: string, { through, draftId, ids }: WrittenBatch, { store, records, memory, clock }: Pick<ConsolidationParts, "store" | "records" | "memory" | "clock">): Promise<void> {
  // The turn and not the session: under the same id another session may have begun.
  const isGone = (await store.turn(through)) === undefined;
  const { record, version } = await records.read(sessionId);
  if (!isGone && version !== 0) return;
  if (ids.length > 0) await memory?.forget(ids);
  if (isGone && record.draftId === draftId) await records.remove(sessionId);
  // Texts can be erased with their whole session only; where one has begun anew they go with that.
  if ((await store.session(sessionId)) === undefined) await store.deleteSession(sessionId, clock.now());
}
