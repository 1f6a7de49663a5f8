import type { ModelEvent } from "@omni/core";

/** Most characters read ahead of whoever takes the events. */
const mostAhead = 65_536;

/** Hands over what was read; where there is a promise, more is read once it has settled. */
export type Gather = (events: readonly ModelEvent[]) => Promise<void> | undefined;

/** What has been read and not been taken. */
interface Inbox {
  events: ModelEvent[];
  characters: number;
  /** Set when the reading is at its end, with the error that ended it. */
  ended: { readonly error?: unknown } | undefined;
  /** True once nobody takes any more. */
  isLeft: boolean;
  /** Wakes the one who takes. */
  came(): void;
  /** Wakes the one who reads, where it waits for room. */
  taken(): void;
}

/**
 * The events that are read, with the deltas of one kind that come in one turn
 * of the event loop joined: an endpoint that sends a hundred words in one
 * packet is one hand-over to all that follows, and a slow one is handed over
 * word by word as before. It is read ahead a little, and no further. One that
 * is left early is ended by its own signal, and is not waited for.
 */
export async function* gatherDeltas(read: (gather: Gather) => Promise<void>): AsyncGenerator<ModelEvent, void, undefined> {
  const inbox: Inbox = { events: [], characters: 0, ended: undefined, isLeft: false, came: () => undefined, taken: () => undefined };
  const end = (ended: NonNullable<Inbox["ended"]>): void => {
    inbox.ended = ended;
    inbox.came();
  };
  read((events) => gather(inbox, events)).then(() => end({}), (error: unknown) => end({ error }));
  try {
    for (;;) {
      if (inbox.events.length === 0 && inbox.ended === undefined) await new Promise<void>((resolve) => (inbox.came = resolve));
      if (inbox.ended === undefined) await new Promise<void>((resolve) => void setImmediate(resolve));
      const { events, ended } = inbox;
      inbox.events = [];
      inbox.characters = 0;
      inbox.taken();
      for (const event of events) yield event;
      if (ended === undefined) continue;
      if ("error" in ended) throw ended.error;
      return;
    }
  } finally {
    inbox.isLeft = true;
    inbox.taken();
  }
}

function gather(inbox: Inbox, events: readonly ModelEvent[]): Promise<void> | undefined {
  if (events.length === 0 || inbox.isLeft) return undefined;
  for (const event of events) add(inbox, event);
  inbox.came();
  return inbox.characters > mostAhead ? new Promise<void>((resolve) => (inbox.taken = resolve)) : undefined;
}

function add(inbox: Inbox, event: ModelEvent): void {
  const last = inbox.events.at(-1);
  if (event.type !== "text-delta" && event.type !== "reasoning-delta") return void inbox.events.push(event);
  inbox.characters += event.text.length;
  if (last?.type === event.type) inbox.events[inbox.events.length - 1] = { type: event.type, text: last.text + event.text };
  else inbox.events.push(event);
}
