import type { ModelEvent } from "@omni/core";

/** Most characters read ahead of whoever takes the events. */
const mostAhead = 65_536;

/** What has been read and not been taken. */
interface Inbox {
  events: ModelEvent[];
  characters: number;
  /** Set when the source is at its end, with the error that ended it. */
  ended: { readonly error?: unknown } | undefined;
  /** Wakes the one who takes. */
  came(): void;
  /** Wakes the one who reads, where it waits for room. */
  taken(): void;
}

/**
 * The same events, with the deltas of one kind that come in one turn of the
 * event loop joined: an endpoint that sends a hundred words in one packet is
 * one hand-over to all that follows, and a slow one is handed over word by
 * word as before. `toEvents` makes the events of each value that is read; the
 * source is read ahead a little, and no further.
 */
export async function* gatherDeltas<T>(values: AsyncIterable<T>, toEvents: (value: T) => readonly ModelEvent[]): AsyncGenerator<ModelEvent, void, undefined> {
  const inbox: Inbox = { events: [], characters: 0, ended: undefined, came: () => undefined, taken: () => undefined };
  const life = { isOver: false };
  void read(values, { toEvents, inbox, life });
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
    // Not waited for: a source that hangs is ended by its own signal.
    life.isOver = true;
    inbox.taken();
  }
}

interface Reading<T> {
  readonly inbox: Inbox;
  readonly life: { readonly isOver: boolean };
  toEvents(value: T): readonly ModelEvent[];
}

async function read<T>(values: AsyncIterable<T>, { toEvents, inbox, life }: Reading<T>): Promise<void> {
  try {
    for await (const value of values) {
      if (life.isOver) break;
      const events = toEvents(value);
      if (events.length === 0) continue;
      for (const event of events) add(inbox, event);
      inbox.came();
      while (inbox.characters > mostAhead && !life.isOver) await new Promise<void>((resolve) => (inbox.taken = resolve));
    }
    inbox.ended = {};
  } catch (error) {
    inbox.ended = { error };
  }
  inbox.came();
}

function add(inbox: Inbox, event: ModelEvent): void {
  const last = inbox.events.at(-1);
  if (event.type !== "text-delta" && event.type !== "reasoning-delta") return void inbox.events.push(event);
  inbox.characters += event.text.length;
  if (last?.type === event.type) inbox.events[inbox.events.length - 1] = { type: event.type, text: last.text + event.text };
  else inbox.events.push(event);
}
