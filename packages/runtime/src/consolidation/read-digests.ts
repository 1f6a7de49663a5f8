import type { Store } from "@omni/core";
import type { TurnDigest } from "./turn-digest.ts";
import { toTurnDigest } from "./turn-digest.ts";

/** What the turns came to, in their order; without those that were erased. */
export async function readDigests(turnIds: readonly string[], store: Pick<Store, "turn" | "events">): Promise<readonly TurnDigest[]> {
  const digests: TurnDigest[] = [];
  for (const turnId of turnIds) {
    const record = await store.turn(turnId);
    if (record !== undefined) digests.push(toTurnDigest(record, await store.events(turnId)));
    // A turn may be megabytes: others get their turn between two.
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  return digests;
}
