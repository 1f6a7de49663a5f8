import type { EventSourceMessage, EventSourceParser } from "eventsource-parser";
import { createParser } from "eventsource-parser";
import { StringDecoder } from "node:string_decoder";
import type { Attempt } from "./attempt.ts";
import { largestStreamBytes, readTimed, toBadResponse } from "./guarded-body.ts";
import { toCut } from "./reply-events.ts";

/** Most characters of one server-sent event: far more than any reply is long, and little enough to hold. */
export const largestEventCharacters: number = 8 * 1024 * 1024;

/** What reading a stream of events takes. */
export interface EventStreamOptions {
  readonly attempt: Attempt;
  /** Scheme, host and port, for messages. */
  readonly origin: string;
  /** Takes the value of one event. What it throws ends the reading; a promise is waited for before more is read. */
  take(value: unknown, name: string | undefined): Promise<void> | undefined;
}

/** The event that ends a reply. */
const done = "[DONE]";

/**
 * Reads the JSON values of a stream of server-sent events until `[DONE]` or
 * its end, in any of the three newline conventions. A web page, an event or a
 * stream that knows no end, and an event that is no JSON are
 * `provider.bad-response`; one that the end of the body cut is `provider.cut`.
 */
export async function readEventStream(body: ReadableStream<Uint8Array>, { attempt, origin, take }: EventStreamOptions): Promise<void> {
  const reader = createEventReader(origin);
  const takeAll = async (): Promise<boolean> => {
    for (const { data, event } of reader.takeEvents()) {
      if (data === done) return true;
      const isTaken = take(toValue(data, reader.hasEnded ? toCut : () => toBadResponse(origin, "events that are no JSON")), event);
      if (isTaken !== undefined) await isTaken;
    }
    return false;
  };
  let isDone = false;
  await readTimed(body, attempt, async (bytes) => {
    reader.push(bytes);
    isDone = await takeAll();
    return isDone ? "whole" : "more";
  });
  if (isDone) return;
  reader.end();
  await takeAll();
}

/** Makes events of bytes. */
interface EventReader {
  readonly hasEnded: boolean;
  push(bytes: Uint8Array): void;
  /** Says that no more bytes come: what has begun is an event too, for some servers leave the last blank line out. */
  end(): void;
  /** The events since the last time. */
  takeEvents(): readonly EventSourceMessage[];
}

function createEventReader(origin: string): EventReader {
  const decoder = new StringDecoder("utf8");
  let events: EventSourceMessage[] = [];
  let total = 0;
  let isAfterReturn = false;
  let isFirst = true;
  let hasEnded = false;
  const parser: EventSourceParser = createParser({
    maxBufferSize: largestEventCharacters,
    onEvent: (event) => void events.push(event),
    onError(error) {
      if (error.type === "max-buffer-size-exceeded") throw toBadResponse(origin, `one event of more than ${largestEventCharacters} characters`);
    },
  });
  /** One newline convention for all, so that a return at the end of a piece ends its line at once. */
  const feed = (text: string): void => {
    const isUnwanted = (isAfterReturn && text.startsWith("\n")) || (isFirst && text.startsWith("\uFEFF"));
    if (text !== "") {
      isAfterReturn = text.endsWith("\r");
      isFirst = false;
    }
    const rest = isUnwanted ? text.slice(1) : text;
    parser.feed(rest.includes("\r") ? rest.replaceAll(/\r\n?/g, "\n") : rest);
  };
  return {
    get hasEnded() {
      return hasEnded;
    },
    push(bytes) {
      if (total === 0 && isMarkup(bytes)) throw toBadResponse(origin, "a web page");
      total += bytes.length;
      if (total > largestStreamBytes) throw toBadResponse(origin, `a reply of more than ${largestStreamBytes} bytes`);
      feed(decoder.write(bytes));
    },
    end() {
      hasEnded = true;
      feed(`${decoder.end()}\n\n`);
    },
    takeEvents() {
      const taken = events;
      events = [];
      return taken;
    },
  };
}

function toValue(data: string, toError: () => Error): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw toError();
  }
}

/** Spaces, line breaks and the bytes of a byte order mark. */
const unseen: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0xef, 0xbb, 0xbf]);

/** True where the first thing to be seen is a `<`. */
function isMarkup(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 256).find((byte) => !unseen.has(byte)) === 0x3c;
}
