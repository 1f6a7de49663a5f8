import type { Store } from "@omni/core";

/** A kept text; undefined when its session was erased. */
export async function readWhole(sessionId: string, checkpointId: string, store: Pick<Store, "readText">): Promise<string | undefined> {
  return (await store.readText(sessionId, checkpointId, { offset: 0, limit: Number.MAX_SAFE_INTEGER }))?.text;
}
