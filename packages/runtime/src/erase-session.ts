import type { Memory, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { dropCredit } from "./credit-desk.ts";
import type { ConsolidationRecords } from "./consolidation/consolidation-record.ts";
import type { Conversations } from "./conversations.ts";
import type { EarlierTurns } from "./earlier-turns.ts";

/** Memories that are looked at in one go. */
const pageSize = 500;

/** What a session is erased from. */
export interface ErasureParts {
  readonly store: Store;
  readonly memory: Memory | undefined;
  readonly records: ConsolidationRecords;
  readonly conversations: Pick<Conversations, "forget">;
  readonly earlier: Pick<EarlierTurns, "clear">;
}

/**
 * Erases a session everywhere: what is remembered of it first, the transcript
 * last, so that it stays listed until nothing else is left of it and can be
 * erased again when this was interrupted. False when there was none. Throws
 * `session.busy` while a turn of it has not ended; then nothing was erased.
 */
export async function eraseSession(sessionId: string, at: number, { store, memory, records, conversations, earlier }: ErasureParts): Promise<boolean> {
  const found = await store.session(sessionId);
  if (found === undefined) return false;
  if (found.openTurns > 0) throw new OmniError("session.busy", `A turn of ${sessionId} has not ended; stop it, or wait for it, and erase the session then.`, { retryable: true });
  if (memory !== undefined) await forgetSession(sessionId, memory);
  await records.remove(sessionId);
  await dropCredit(sessionId, store);
  await conversations.forget(sessionId);
  const isErased = await store.deleteSession(sessionId, at);
  earlier.clear();
  return isErased;
}

/** What lies in the session's own scope, and what it brought into others. */
async function forgetSession(sessionId: string, memory: Memory): Promise<void> {
  for (;;) {
    const page = await memory.list({ scopes: [{ scope: "session", owner: sessionId }], limit: pageSize });
    if (page.length === 0) break;
    if ((await memory.forget(page.map((episode) => episode.id))) === 0) break;
  }
  const elsewhere: string[] = [];
  for await (const { id, source } of memory.export?.() ?? []) if (source.sessionId === sessionId) elsewhere.push(id);
  if (elsewhere.length > 0) await memory.forget(elsewhere);
}
