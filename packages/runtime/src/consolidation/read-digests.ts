import type { DurableEvent, Store, TurnInput } from "@omni/core";
import type { TurnDigest } from "./turn-digest.ts";
import { readWhole } from "./read-whole.ts";
import { toTurnDigest } from "./turn-digest.ts";

/** Turns before one that another took in which are looked through for that other. */
const mostLookedAt = 32;

type Reads = Pick<Store, "turn" | "turns" | "events" | "readText">;

/** What the turns came to, in their order; without those that were erased. */
export async function readDigests(turnIds: readonly string[], store: Reads): Promise<readonly TurnDigest[]> {
  const digests: TurnDigest[] = [];
  for (const turnId of turnIds) {
    const record = await store.turn(turnId);
    if (record !== undefined) {
      const events = await store.events(turnId);
      digests.push(toTurnDigest(record, events, await readUser(record.input, events, store)));
    }
    // A turn may be megabytes: others get their turn between two.
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  return digests;
}

/** The message as a model was told it; nothing where none was told, as hooks may have refused it. */
async function readUser({ sessionId, turnId }: TurnInput, events: readonly DurableEvent[], store: Reads): Promise<string> {
  const prompt = events.findLast((event) => event.type === "prompt");
  if (prompt === undefined) return (await readSteered(sessionId, turnId, store)) ?? "";
  const { checkpointId, text } = prompt;
  return (checkpointId === undefined ? undefined : await readWhole(sessionId, checkpointId, store)) ?? text;
}

/** What the turn that took this one in was told of its message. */
async function readSteered(sessionId: string, turnId: string, store: Reads): Promise<string | undefined> {
  for (const { input } of await store.turns(sessionId, { limit: mostLookedAt, before: turnId })) {
    const steer = (await store.events(input.turnId)).find((event) => event.type === "steer" && event.turnId === turnId);
    if (steer?.type === "steer") return steer.text;
  }
  return undefined;
}
