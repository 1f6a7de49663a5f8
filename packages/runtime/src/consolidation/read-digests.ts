import type { DurableEvent, Store, TurnInput } from "@omni/core";
import type { TurnDigest } from "./turn-digest.ts";
import { readWhole } from "./read-whole.ts";
import { toTurnDigest } from "./turn-digest.ts";
import { turnsThatMayHaveTaken } from "../joined-turn.ts";

type Reads = Pick<Store, "turn" | "turns" | "events" | "readText">;

/** What was read of the messages that turns took in, so that each turn is looked into once however many messages it took. */
interface Taken {
  readonly turnIds: Set<string>;
  /** What was told of a message, by its own turn. */
  readonly texts: Map<string, string>;
}

/** What the turns came to, in their order; without those that were erased. */
export async function readDigests(turnIds: readonly string[], store: Reads): Promise<readonly TurnDigest[]> {
  const digests: TurnDigest[] = [];
  const taken: Taken = { turnIds: new Set(), texts: new Map() };
  for (const turnId of turnIds) {
    const record = await store.turn(turnId);
    if (record !== undefined) {
      const events = await store.events(turnId);
      note(turnId, events, taken);
      digests.push(toTurnDigest(record, events, await readUser(record.input, events, taken, store)));
    }
    await pause();
  }
  return digests;
}

/** The message as a model was told it; nothing where none was told, as hooks may have refused it. */
async function readUser(input: TurnInput, events: readonly DurableEvent[], taken: Taken, store: Reads): Promise<string> {
  const prompt = events.findLast((event) => event.type === "prompt");
  if (prompt === undefined) return (await readSteered(input, taken, store)) ?? "";
  const { checkpointId, text } = prompt;
  return (checkpointId === undefined ? undefined : await readWhole(input.sessionId, checkpointId, store)) ?? text;
}

/** What the turn that took this one in was told of its message. */
async function readSteered(input: TurnInput, taken: Taken, store: Reads): Promise<string | undefined> {
  const known = taken.texts.get(input.turnId);
  if (known !== undefined || (input.mode !== "steer" && input.mode !== "collect")) return known;
  for await (const { turnId } of turnsThatMayHaveTaken(input, store)) {
    if (taken.turnIds.has(turnId)) continue;
    note(turnId, await store.events(turnId), taken);
    const text = taken.texts.get(input.turnId);
    if (text !== undefined) return text;
    await pause();
  }
  return undefined;
}

/** A turn may be megabytes: others get their turn between two. */
async function pause(): Promise<void> {
  await new Promise<void>((resolve) => void setImmediate(resolve));
}

function note(turnId: string, events: readonly DurableEvent[], { turnIds, texts }: Taken): void {
  turnIds.add(turnId);
  for (const event of events) if (event.type === "steer" && event.turnId !== undefined) texts.set(event.turnId, event.text);
}
