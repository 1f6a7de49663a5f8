import type { ModelCallEvent, Store } from "@omni/core";

/** The newest ended turn of a session, as far as people ask about it. */
export interface LastTurn {
  readonly turnId: string;
  readonly sessionId: string;
  /** Ids of the episodes that the model was shown. */
  readonly ids: readonly string[];
  /** Its newest request to the model; absent where none was made. */
  readonly request?: Pick<ModelCallEvent, "estimatedTokens" | "budgetTokens" | "classes">;
}

/** Turns that are looked through for one that has ended. */
const mostOpen = 64;

/** Undefined where no turn of the session has ended. */
export async function toLastTurn(sessionId: string, store: Pick<Store, "turns" | "events">): Promise<LastTurn | undefined> {
  const ended = (await store.turns(sessionId, { limit: mostOpen })).find((record) => record.outcome !== null);
  if (ended === undefined) return undefined;
  const { turnId } = ended.input;
  const events = await store.events(turnId);
  const call = events.findLast((event) => event.type === "model-call");
  const prompt = events.findLast((event) => event.type === "prompt");
  return { turnId, sessionId, ids: prompt?.recalled ?? [], ...(call === undefined ? {} : { request: call }) };
}
