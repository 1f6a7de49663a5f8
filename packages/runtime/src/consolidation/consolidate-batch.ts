import type { Log, Memory, NewEpisode, Provider, ScopeReference, Store, TurnSlot } from "@omni/core";
import { isOmniError, toOmniError } from "@omni/core";
import type { BatchSummary } from "./batch-summary.ts";
import type { ConsolidationRecords } from "./consolidation-record.ts";
import type { TurnDigest } from "./turn-digest.ts";
import { askSummary } from "./ask-summary.ts";
import { extractSummary } from "./extract-summary.ts";
import { toEpisodes } from "./to-episodes.ts";
import { toTurnDigest } from "./turn-digest.ts";

/** Episodes that are handed to the memory at once: what comes together it can write together. */
const storedTogether = 64;

/** What a batch is consolidated with. */
export interface ConsolidationParts {
  readonly store: Pick<Store, "slots" | "turn" | "events" | "putText" | "readText" | "release">;
  readonly records: ConsolidationRecords;
  readonly provider: Provider;
  /** Absent where memory is off: then the summary alone is kept, beside the transcript. */
  readonly memory?: Memory;
  /** Where what was said in a session is remembered. */
  scopeOf(sessionId: string, turn: TurnDigest): ScopeReference;
  readonly log: Log;
  /** Characters of the turns that one request to the model may hold. */
  readonly characters: number;
}

/** What came of a batch. */
export interface Consolidated {
  /** Everything up to this turn is consolidated and released. */
  readonly through: string;
  readonly turns: number;
  readonly episodes: number;
}

/** A batch that was summarised: all that is left to do is to store it. */
interface Draft {
  readonly through: string;
  readonly turns: number;
  readonly summaryId: string;
  readonly episodes: readonly NewEpisode[];
}

/**
 * Consolidates the oldest turns of a session, at most `most` and none of the
 * newest `keep`: summarise, keep the draft, store its episodes, move the
 * watermark, release the slots, in this order and each step on disk before the
 * next. Killed anywhere it goes on from the draft or begins again with
 * nothing released; episodes have ids of their own, so that storing them twice
 * is storing them once. Undefined where there was nothing to do, or another
 * process did it. Rejects where the summary or the memory fails; then nothing
 * is released.
 */
export async function consolidateBatch(sessionId: string, limits: { readonly most: number; readonly keep: number }, parts: ConsolidationParts, signal: AbortSignal): Promise<Consolidated | undefined> {
  const { store, records, memory } = parts;
  const { record, version } = await records.read(sessionId);
  const kept = record.draftId === null ? undefined : await readDraft(sessionId, record.draftId, store);
  let draft = kept;
  let current = version;
  if (draft === undefined) {
    const slots = await toUnreleased(sessionId, record.through, store);
    const batch = slots.slice(0, Math.min(limits.most, slots.length - limits.keep));
    if (batch.length === 0) return undefined;
    draft = await makeDraft(sessionId, { batch, summaryId: record.summaryId }, parts, signal);
    const draftId = await store.putText(sessionId, draft.through, JSON.stringify(draft));
    if (!(await records.write(sessionId, { ...record, draftId }, current))) return undefined;
    const written = await records.read(sessionId);
    if (written.record.draftId !== draftId) return undefined;
    current = written.version;
  }
  for (let start = 0; start < draft.episodes.length; start += storedTogether) {
    signal.throwIfAborted();
    await Promise.all(draft.episodes.slice(start, start + storedTogether).map((episode) => memory?.store(episode)));
  }
  const isMoved = await records.write(sessionId, { through: draft.through, summaryId: draft.summaryId, draftId: null }, current);
  if (!isMoved) return undefined;
  await store.release(sessionId, draft.through);
  return { through: draft.through, turns: draft.turns, episodes: memory === undefined ? 0 : draft.episodes.length };
}

/** The unreleased slots, oldest first. What the watermark has passed already, and a kill left unreleased, is released now. */
async function toUnreleased(sessionId: string, through: string | null, store: ConsolidationParts["store"]): Promise<readonly TurnSlot[]> {
  const slots = await store.slots(sessionId, Number.MAX_SAFE_INTEGER);
  const passed = through === null ? -1 : slots.findIndex((slot) => slot.turnId === through);
  if (passed === -1 || through === null) return slots;
  await store.release(sessionId, through);
  return slots.slice(passed + 1);
}

async function makeDraft(sessionId: string, { batch, summaryId }: { readonly batch: readonly TurnSlot[]; readonly summaryId: string | null }, parts: ConsolidationParts, signal: AbortSignal): Promise<Draft> {
  const { store } = parts;
  const previous = summaryId === null ? "" : ((await readWhole(sessionId, summaryId, store)) ?? "");
  const digests: TurnDigest[] = [];
  for (const { turnId } of batch) {
    const record = await store.turn(turnId);
    if (record !== undefined) digests.push(toTurnDigest(record, await store.events(turnId)));
    // A turn may be megabytes: others get their turn between two.
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  const summary = await summarise(previous, digests, parts, signal);
  const through = batch.at(-1)?.turnId ?? "";
  const [first] = digests;
  const episodes = first === undefined ? [] : toEpisodes(sessionId, digests, summary, parts.scopeOf(sessionId, first));
  return { through, turns: batch.length, summaryId: await store.putText(sessionId, through, summary.summary), episodes };
}

/** By the model where there is one. Without one, or with one that cannot keep to the form, by the turns' own sentences. Any other failure is the caller's: what can be done well later is not done badly now. */
async function summarise(previous: string, digests: readonly TurnDigest[], { provider, characters, log }: ConsolidationParts, signal: AbortSignal): Promise<BatchSummary> {
  try {
    return await askSummary({ previous, digests, characters }, provider, signal);
  } catch (error) {
    if (signal.aborted || !isOmniError(error) || (error.code !== "no-model" && error.code !== "provider.bad-response")) throw error;
    if (error.code !== "no-model") log.warn("a summary is made of the turns' own sentences", { message: toOmniError(error).message });
    return extractSummary(previous, digests);
  }
}

async function readDraft(sessionId: string, draftId: string, store: ConsolidationParts["store"]): Promise<Draft | undefined> {
  const text = await readWhole(sessionId, draftId, store);
  // Written by this program in one transaction, so it is whole or not there.
  return text === undefined ? undefined : (JSON.parse(text) as Draft);
}

/** A kept text; undefined when its session was erased. */
export async function readWhole(sessionId: string, checkpointId: string, store: Pick<Store, "readText">): Promise<string | undefined> {
  return (await store.readText(sessionId, checkpointId, { offset: 0, limit: Number.MAX_SAFE_INTEGER }))?.text;
}
