import type { AcceptResult, Store, TurnInput } from "@omni/core";
import type { IncomingMessage } from "./runtime.ts";

/** A message whose key is looked up, and the ids it would have had. */
export interface KeyedMessage {
  readonly message: Pick<IncomingMessage, "text" | "principal" | "origin" | "idempotency">;
  readonly turnId: string;
  readonly sessionId: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/**
 * What the store would make of a message under this idempotency key, without
 * taking it in: `existing`, `conflict`, or `full` where no turn has the key,
 * since for this question no session has room.
 */
export function findTaken({ message, turnId, sessionId, at }: KeyedMessage, store: Pick<Store, "accept">): Promise<AcceptResult> {
  const { text, principal, origin, idempotency } = message;
  const input: TurnInput = { turnId, sessionId, text, principal, autonomy: "readonly", workspace: "/", origin, interactive: false, at };
  return store.accept({ input, channel: origin, platformId: turnId, ...(idempotency === undefined ? {} : { idempotency }), queueLimit: 0 });
}
