import type { Memory, ScopeReference, Store, Toolset } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import { dropAllowedArguments } from "./always-allowed.ts";
import type { ConsolidationRecords } from "./consolidation/consolidation-record.ts";
import type { Consolidator } from "./consolidation/create-consolidator.ts";
import type { Conversations } from "./conversations.ts";
import type { CreditDesk } from "./credit-desk.ts";
import type { EarlierTurns } from "./earlier-turns.ts";
import { toPageScope } from "./memory-page/memory-pages.ts";

/** Memories that are looked at in one go. */
const pageSize = 500;

/** What a session is erased from. */
export interface ErasureParts {
  readonly store: Store;
  readonly memory: Memory | undefined;
  /** Those that may keep something of sessions. */
  readonly toolsets: readonly Pick<Toolset, "forgetSession">[];
  readonly records: ConsolidationRecords;
  readonly consolidator: Pick<Consolidator, "suspend">;
  readonly credit: Pick<CreditDesk, "forget">;
  readonly conversations: Pick<Conversations, "forget">;
  readonly earlier: Pick<EarlierTurns, "clear">;
}

/**
 * Erases a session everywhere: what is remembered of it and what its tools
 * keep first, the transcript last, so that it stays listed until nothing else
 * is left of it and can be erased again when this was interrupted. A
 * consolidation of it is ended before. False when there was none. Throws
 * `session.busy` while a turn of it has not ended: nothing was erased then,
 * unless the message came while it was being erased, maybe to another process;
 * then all but the transcript may be gone, as the error says, and it is to be
 * erased again.
 */
export async function eraseSession(sessionId: string, at: number, parts: ErasureParts): Promise<boolean> {
  if (!(await isErasable(sessionId, parts.store))) return false;
  // Looked at again: the end of a consolidation may have been waited for.
  return parts.consolidator.suspend(sessionId, async () => (await isErasable(sessionId, parts.store)) && erase(sessionId, at, parts));
}

async function isErasable(sessionId: string, store: Store): Promise<boolean> {
  const found = await store.session(sessionId);
  if (found === undefined) return false;
  if (found.openTurns > 0) throw new OmniError("session.busy", `A turn of ${sessionId} has not ended; stop it, or wait for it, and erase the session then.`, { retryable: true });
  return true;
}

async function erase(sessionId: string, at: number, { store, memory, toolsets, records, credit, conversations, earlier }: ErasureParts): Promise<boolean> {
  // First, for a consolidation in another process: without it that moves no watermark, and takes back what it has stored.
  await records.remove(sessionId);
  if (memory !== undefined) await forgetSession(sessionId, memory);
  for (const toolset of toolsets) await toolset.forgetSession?.(sessionId);
  await dropAllowedArguments(sessionId, store);
  await credit.forget(sessionId);
  await conversations.forget(sessionId);
  const isErased = await store.deleteSession(sessionId, at).catch((error: unknown) => {
    throw isOmniError(error) && error.code === "session.busy" ? toHalfErased(sessionId) : error;
  });
  earlier.clear();
  // Once more, for a turn that has ended just before and was noted meanwhile: from here on it is not there to be noted.
  if (isErased) await credit.forget(sessionId);
  // There again: the first consolidation of the session began in another process meanwhile, and may have ended before the transcript was gone.
  if (isErased && (await records.read(sessionId)).version !== 0) {
    await records.remove(sessionId);
    if (memory !== undefined) await forgetSession(sessionId, memory);
  }
  return isErased;
}

function toHalfErased(sessionId: string): OmniError {
  return new OmniError("session.busy", `A message came to ${sessionId} while it was being erased, and only its transcript may be left; stop the turn, or wait for it, and erase the session again.`, { retryable: true });
}

/** What lies in the session's own scope, and what it brought into others. */
async function forgetSession(sessionId: string, memory: Memory): Promise<void> {
  for (;;) {
    const page = await memory.list({ scopes: [{ scope: "session", owner: sessionId }], limit: pageSize });
    if (page.length === 0) break;
    if ((await memory.forget(page.map((episode) => episode.id))) === 0) break;
  }
  if (!(await mayBeElsewhere(memory))) return;
  const elsewhere: string[] = [];
  for await (const { id, source } of memory.export?.() ?? []) if (source.sessionId === sessionId) elsewhere.push(id);
  if (elsewhere.length > 0) await memory.forget(elsewhere);
}

/** False where the memory is known to have nothing but scopes into which a session brings nothing: those of other sessions, and of pages. */
async function mayBeElsewhere(memory: Memory): Promise<boolean> {
  const scopes = await memory.scopes?.();
  return scopes === undefined || scopes.some((each) => each.scope !== "session" && !isPage(each));
}

const anyPage = toPageScope("");

function isPage({ scope, owner }: ScopeReference): boolean {
  return scope === anyPage.scope && owner.startsWith(anyPage.owner);
}
