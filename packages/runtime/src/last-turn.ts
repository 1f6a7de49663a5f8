import type { ModelCallEvent, Store, TurnOutcome } from "@omni/core";

/** The newest turn of a session that was answered, as far as people ask about it. */
export interface LastTurn {
  readonly turnId: string;
  readonly sessionId: string;
  /** Ids of the episodes that the model was shown. */
  readonly ids: readonly string[];
  /** The newest request to the model, of this turn or of one after it that came to no answer; absent where none was made. */
  readonly request?: Pick<ModelCallEvent, "estimatedTokens" | "budgetTokens" | "classes">;
}

/** Newest turns that are looked through: those that wait or run, and those that ended without a prompt or an answer of their own. */
const mostLooked = 64;

/**
 * The newest ended turn that came to an answer. A message that another turn
 * took in, or that was cancelled while it waited, has no prompt, and a turn
 * that failed or was stopped has no words: the answer a person has seen is
 * that of the turn before it. Undefined where none of the newest was answered.
 */
export async function toLastTurn(sessionId: string, store: Pick<Store, "turns" | "events">): Promise<LastTurn | undefined> {
  let request: LastTurn["request"];
  for (const { input: { turnId }, outcome } of await store.turns(sessionId, { limit: mostLooked })) {
    if (outcome === null) continue;
    const events = await store.events(turnId);
    const prompt = events.findLast((event) => event.type === "prompt");
    if (prompt === undefined) continue;
    request ??= events.findLast((event) => event.type === "model-call");
    if (isWordless(outcome)) continue;
    return { turnId, sessionId, ids: prompt.recalled, ...(request === undefined ? {} : { request }) };
  }
  return undefined;
}

/** True for a turn that broke off before there was anything to tell the person. */
function isWordless({ status, output }: TurnOutcome): boolean {
  return (status === "failed" || status === "cancelled") && output === "";
}
