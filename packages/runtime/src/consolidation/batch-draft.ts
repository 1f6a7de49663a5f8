import type { ScopeReference, Store } from "@omni/core";
import type { Experience } from "./batch-summary.ts";
import { readWhole } from "./read-whole.ts";

/**
 * A batch that was summarised: all that is left to do is to store it. It is
 * never erased before its session is, so it has only what the record of the
 * turns cannot give again; what was said is read from there.
 */
export interface BatchDraft {
  /** The last turn of the batch. */
  readonly through: string;
  /** Its turns, oldest first, each with where what was said in it is remembered. */
  readonly turns: readonly { readonly turnId: string; readonly scope: ScopeReference }[];
  readonly summaryId: string;
  readonly experiences: readonly Experience[];
}

/** A kept draft; undefined when its session was erased. */
export async function readDraft(sessionId: string, draftId: string, store: Pick<Store, "readText">): Promise<BatchDraft | undefined> {
  const text = await readWhole(sessionId, draftId, store);
  // Written by this program in one transaction, so it is whole or not there.
  return text === undefined ? undefined : (JSON.parse(text) as BatchDraft);
}
