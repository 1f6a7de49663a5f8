import type { GatewayResponse } from "./transport.ts";
import type { UnfinishedTurn } from "./turn-state.ts";
import { parseWireObject } from "./wire-object.ts";

/**
 * The turn that an error tells of which does not mean that the message was
 * refused: it was taken, and its turn goes on where the gateway stops or its
 * store is held up (503), or is under way for the same key (409). Undefined
 * for every other error. To send such a message again without a key would
 * have it done twice.
 */
export function toTakenTurn({ status }: Pick<GatewayResponse, "status">, body: string): UnfinishedTurn | undefined {
  if (status !== 503 && status !== 409) return undefined;
  try {
    const wire = parseWireObject(body);
    return { status: "queued", turnId: wire.text("turn_id"), sessionId: wire.text("session_id"), asks: [] };
  } catch {
    return undefined;
  }
}
