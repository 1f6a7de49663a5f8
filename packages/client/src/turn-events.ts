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
  /** Closes the connection without reading it. The turn goes on. */
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
  return {
    turnId,
    [Symbol.asyncIterator]: () => readEvents(waiting, items),
    close: async () => void (await items.return()),
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

async function* readEvents(waiting: EventStreamItem[], items: AsyncGenerator<EventStreamItem, void, undefined>): AsyncGenerator<PlacedEvent, void, undefined> {
  try {
    for (;;) {
      const next = waiting.shift() ?? (await items.next()).value;
      if (next === undefined) throw toCut();
      const event = next.kind === "event" ? toTurnEvent(next.event, next.data) : undefined;
      if (next.kind !== "event" || event === undefined) continue;
      yield { id: next.id, event };
      if (event.type === "turn-end") return;
    }
  } finally {
    await items.return();
  }
}

function toCut(): OmniError {
  return new OmniError("egress.failed", "The gateway's stream ended before the turn did; follow the turn from the last event.", { retryable: true });
}
