import type { TurnSlot } from "@omni/core";
import type { BatchDraft } from "./batch-draft.ts";
import type { ConsolidationParts } from "./consolidation-parts.ts";
import type { ConsolidationRecord } from "./consolidation-record.ts";
import type { TurnDigest } from "./turn-digest.ts";
import { readDigests } from "./read-digests.ts";
import { readDraft } from "./batch-draft.ts";
import { readWhole } from "./read-whole.ts";
import { storeEpisodes } from "./store-episodes.ts";
import { summarise } from "./summarise.ts";
import { toEpisodes } from "./to-episodes.ts";
import { withdrawErased } from "./withdraw-erased.ts";

/** Most slots that the batch before, of whatever size, may have left unreleased. */
const mostPassed = 1_024;

/** What came of a batch. */
export interface Consolidated {
  /** Everything up to this turn is consolidated and released. */
  readonly through: string;
  readonly turns: number;
  readonly episodes: number;
}

/** How many turns a batch takes. */
export interface BatchLimits {
  readonly most: number;
  /** Newest turns that stay as they are. */
  readonly keep: number;
}

/** A draft that is kept, and the version of the record that says so. */
interface KeptDraft {
  readonly draft: BatchDraft;
  readonly draftId: string;
  readonly version: number;
  readonly digests: readonly TurnDigest[];
}

/**
 * Consolidates the oldest turns of a session, at most `most` and none of the
 * newest `keep`: summarise, keep the draft, store its episodes, move the
 * watermark, release the slots, in this order and each step on disk before the
 * next. Killed anywhere it goes on from the draft or begins again with
 * nothing released; episodes have ids of their own, so that storing them twice
 * is storing them once. Undefined where there was nothing to do, or another
 * process did it, or erased the session: then nothing of it is left. Rejects
 * where the summary or the memory fails, or `signal` aborts; then nothing is
 * released.
 */
export async function consolidateBatch(sessionId: string, limits: BatchLimits, parts: ConsolidationParts, signal: AbortSignal): Promise<Consolidated | undefined> {
  signal.throwIfAborted();
  const { store, records, memory } = parts;
  const { record, version } = await records.read(sessionId);
  const kept = (await resumeDraft(sessionId, record, version, parts)) ?? (await keepDraft(sessionId, { limits, record, version }, parts, signal));
  if (kept === undefined) return undefined;
  const { draft, draftId, digests } = kept;
  const { through, turns, summaryId, experiences } = draft;
  // The model was given the notes so far with the turns, so what it made of them may come from either.
  const isForeign = record.isForeign === true || digests.some((digest) => !digest.isTrusted);
  const scopes = new Map(turns.map(({ turnId, scope }) => [turnId, scope]));
  const episodes = memory === undefined ? [] : toEpisodes(sessionId, digests, { experiences, isTrusted: !isForeign }, (digest) => scopes.get(digest.turnId) ?? parts.scopeOf(sessionId, digest));
  const withdraw = (): Promise<void> => withdrawErased(sessionId, { through, draftId, ids: episodes.flatMap(({ id }) => id ?? []) }, parts);
  let isMoved = false;
  try {
    await storeEpisodes(episodes, parts, { signal, cameLate: withdraw });
    isMoved = (await store.turn(through)) !== undefined && (await records.write(sessionId, { through, summaryId, draftId: null, ...(isForeign ? { isForeign } : {}) }, kept.version));
  } finally {
    if (!isMoved) await withdraw();
  }
  if (!isMoved) return undefined;
  await store.release(sessionId, through);
  return { through, turns: turns.length, episodes: episodes.length };
}

/** The draft that an earlier try left. */
async function resumeDraft(sessionId: string, { draftId }: ConsolidationRecord, version: number, { store }: ConsolidationParts): Promise<KeptDraft | undefined> {
  const draft = draftId === null ? undefined : await readDraft(sessionId, draftId, store);
  if (draft === undefined || draftId === null) return undefined;
  return { draft, draftId, version, digests: await readDigests(draft.turns.map(({ turnId }) => turnId), store) };
}

/** Makes a draft of the oldest turns, and keeps it. */
async function keepDraft(sessionId: string, { limits, record, version }: { readonly limits: BatchLimits; readonly record: ConsolidationRecord; readonly version: number }, parts: ConsolidationParts, signal: AbortSignal): Promise<KeptDraft | undefined> {
  const { store, records } = parts;
  const slots = await readUnreleased(sessionId, limits, record.through, store);
  const batch = slots.slice(0, Math.max(0, Math.min(limits.most, slots.length - limits.keep)));
  const through = batch.at(-1)?.turnId;
  if (through === undefined) return undefined;
  const previous = record.summaryId === null ? "" : ((await readWhole(sessionId, record.summaryId, store)) ?? "");
  const digests = await readDigests(batch.map(({ turnId }) => turnId), store);
  if (digests.length === 0) return undefined;
  const { summary, experiences } = await summarise(previous, digests, parts, { sessionId, signal });
  // A model takes its time, and the session may have been erased meanwhile.
  if ((await store.turn(through)) === undefined) return undefined;
  const turns = digests.map((digest) => ({ turnId: digest.turnId, scope: parts.scopeOf(sessionId, digest) }));
  const draft: BatchDraft = { through, turns, summaryId: await store.putText(sessionId, through, summary), experiences };
  const draftId = await store.putText(sessionId, through, JSON.stringify(draft));
  const isWritten = await records.write(sessionId, { ...record, draftId }, version);
  const written = await records.read(sessionId);
  if (isWritten && written.record.draftId === draftId) return { draft, draftId, version: written.version, digests };
  await withdrawErased(sessionId, { through, draftId, ids: [] }, parts);
  return undefined;
}

/** The oldest unreleased slots, and as many as are kept behind a batch of them. What the watermark has passed already, and a kill left unreleased, is released now. */
async function readUnreleased(sessionId: string, { most, keep }: BatchLimits, through: string | null, store: ConsolidationParts["store"]): Promise<readonly TurnSlot[]> {
  const slots = await store.oldestSlots(sessionId, Math.max(most, mostPassed) + keep);
  const passed = slots.findIndex((slot) => slot.turnId === through);
  if (passed === -1 || through === null) return slots;
  await store.release(sessionId, through);
  return store.oldestSlots(sessionId, most + keep);
}
