import { OmniError } from "@omni/core";
import type { EventStreamItem } from "./event-stream-parser.ts";
import type { GatewayResponse } from "./transport.ts";
import type { TurnEvent } from "./turn-event.ts";
import { createEventStreamParser } from "./event-stream-parser.ts";
import { toTurnEvent } from "./turn-event.ts";

/** An event with its place in the stream, `ATTEMPT.N`: what a resume starts after. */
export interface PlacedEvent {
  readonly id: string;
  readonly event: TurnEvent;
}

/** The live events of a turn, over one connection. Iterate it once. */
export interface TurnEvents extends AsyncIterable<PlacedEvent> {
  readonly turnId: string;
  /** Closes the connection at once, also while it is being read: reading ends without an error then. The turn goes on. */
  close(): Promise<void>;
}

/**
 * Reads the events of a response; resolves once it is known whose they are.
 * Iterating ends after `turn-end`, and throws `egress.failed`, `retryable`,
 * where the stream was cut before: follow the turn from the last id then.
 */
export async function readTurnEvents(response: GatewayResponse): Promise<TurnEvents> {
  const items = readItems(response.body);
  const waiting: EventStreamItem[] = [];
  let turnId: string | undefined;
  while (turnId === undefined) {
    const next = await items.next();
    if (next.done === true) throw toCut();
    turnId = toTurnId(next.value);
    if (next.value.kind === "event") waiting.push(next.value);
  }
  const reading: Reading = { waiting, items, isClosed: false };
  return {
    turnId,
    [Symbol.asyncIterator]: () => readEvents(reading),
    async close() {
      reading.isClosed = true;
      response.close();
    },
  };
}

/** The first comment names the turn; so does its first event. */
function toTurnId(item: EventStreamItem): string | undefined {
  if (item.kind === "comment") return /^turn (\S+)$/.exec(item.text)?.[1];
  const event = toTurnEvent(item.event, item.data);
  if (event?.type === "turn-start") return event.turnId;
  return event?.type === "turn-end" ? event.outcome.turnId : undefined;
}

async function* readItems(body: AsyncIterable<Uint8Array>): AsyncGenerator<EventStreamItem, void, undefined> {
  const decoder = new TextDecoder();
  const parser = createEventStreamParser();
  for await (const bytes of body) yield* parser.push(decoder.decode(bytes, { stream: true }));
}

/** A stream on its way to its reader. */
interface Reading {
  /** What came before it was known whose it is. */
  readonly waiting: EventStreamItem[];
  readonly items: AsyncGenerator<EventStreamItem, void, undefined>;
  /** The reader wants no more: how the connection ends says nothing then. */
  isClosed: boolean;
}

async function* readEvents(reading: Reading): AsyncGenerator<PlacedEvent, void, undefined> {
  const { waiting, items } = reading;
  try {
    for (;;) {
      const next = waiting.shift() ?? (await items.next()).value;
      if (reading.isClosed) return;
      if (next === undefined) throw toCut();
      const event = next.kind === "event" ? toTurnEvent(next.event, next.data) : undefined;
      if (next.kind !== "event" || event === undefined) continue;
      yield { id: next.id, event };
      if (event.type === "turn-end") return;
    }
  } catch (error) {
    if (!reading.isClosed) throw error;
  } finally {
    await items.return();
  }
}

function toCut(): OmniError {
  return new OmniError("egress.failed", "The gateway's stream ended before the turn did; follow the turn from the last event.", { retryable: true });
}
