import type { ModelCallEvent, Store } from "@omni/core";

/** The newest turn of a session that was answered, as far as people ask about it. */
export interface LastTurn {
  readonly turnId: string;
  readonly sessionId: string;
  /** Ids of the episodes that the model was shown. */
  readonly ids: readonly string[];
  /** Its newest request to the model; absent where none was made. */
  readonly request?: Pick<ModelCallEvent, "estimatedTokens" | "budgetTokens" | "classes">;
}

/** Newest turns that are looked through: those that wait or run, and those that ended without a prompt of their own. */
const mostLooked = 64;

/**
 * The newest ended turn that came to a prompt. A message that another turn
 * took in, or that was cancelled while it waited, has none: the answer a
 * person has seen is that of the turn before it. Undefined where none of the
 * newest was answered.
 */
export async function toLastTurn(sessionId: string, store: Pick<Store, "turns" | "events">): Promise<LastTurn | undefined> {
  for (const { input: { turnId }, outcome } of await store.turns(sessionId, { limit: mostLooked })) {
    if (outcome === null) continue;
    const events = await store.events(turnId);
    const prompt = events.findLast((event) => event.type === "prompt");
    if (prompt === undefined) continue;
    const call = events.findLast((event) => event.type === "model-call");
    return { turnId, sessionId, ids: prompt.recalled, ...(call === undefined ? {} : { request: call }) };
  }
  return undefined;
}
