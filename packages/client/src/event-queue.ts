import { OmniError } from "@omni/core";
import type { PlacedEvent } from "./turn-events.ts";

/** Most events, and characters of their frames, that wait for one reader: as many as the gateway itself keeps of a turn. */
const mostEvents = 8_192;
const mostCharacters = 4_194_304;

/**
 * The events of a turn, which come at the pace of the gateway and are read at
 * that of the program. At most 8,192 of them wait, of 4,194,304 characters
 * together: the oldest text and progress goes first, and a `text-reset` stands
 * where the newest of that was. Nothing else is dropped: where it alone is too
 * much the queue ends, after what came before, with `egress.failed`,
 * `retryable`. One event alone, and the end of the turn, wait however large
 * they are. Iterate it once.
 */
export interface EventQueue extends AsyncIterable<PlacedEvent> {
  /** Takes an event in; its frame has so many characters. */
  push(placed: PlacedEvent, characters: number): void;
  /** Nothing comes any more; with an error the reader is told, after what came before. The first end counts. */
  end(error?: unknown): void;
  /** The reader wants no more, also where it has not begun. */
  leave(): void;
}

/** Makes an empty queue; `left` is called when it ends before the turn: the reader leaves, its signal is aborted (reading rejects with the reason then), or it reads too slowly. */
export function createEventQueue(left: () => void, signal?: AbortSignal): EventQueue {
  const backlog = createBacklog();
  let ending: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  const end = (error?: unknown): void => {
    if (ending !== undefined) return;
    ending = { error };
    signal?.removeEventListener("abort", abort);
    wake();
  };
  const leave = (error?: unknown): void => {
    if (ending !== undefined) return;
    backlog.clear();
    end(error);
    left();
  };
  const abort = (): void => leave(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  async function* read(): AsyncGenerator<PlacedEvent, void, undefined> {
    try {
      for (;;) {
        const next = backlog.take();
        if (next !== undefined) yield next;
        else if (ending?.error !== undefined) throw ending.error;
        else if (ending !== undefined) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      leave();
    }
  }
  return {
    push(placed, characters) {
      if (ending !== undefined) return;
      if (backlog.add(placed, characters)) return wake();
      end(new OmniError("egress.failed", "The turn is read too slowly: what waits for the reader is too much, and none of it may be lost; follow the turn from the last event.", { retryable: true }));
      left();
    },
    end,
    leave: () => leave(),
    [Symbol.asyncIterator]: read,
  };
}

/** What waits for the reader, oldest first. */
interface Backlog {
  /** False where there is no room for the event: then it was not taken. */
  add(placed: PlacedEvent, characters: number): boolean;
  /** What is to be read next; undefined while nothing waits. */
  take(): PlacedEvent | undefined;
  clear(): void;
}

interface Waiting {
  readonly placed: PlacedEvent;
  readonly characters: number;
  /** Its place among all that came. */
  readonly number: number;
}

function createBacklog(): Backlog {
  const waiting: Waiting[] = [];
  let characters = 0;
  let count = 0;
  /** The newest that was dropped, until the reader has been told. What waits before it is to be read before that. */
  let lost: Waiting | undefined;
  const remove = (index: number): Waiting | undefined => {
    const [gone] = waiting.splice(index, 1);
    characters -= gone?.characters ?? 0;
    return gone;
  };
  return {
    add(placed, size) {
      waiting.push({ placed, characters: size, number: (count += 1) });
      characters += size;
      // Nothing comes after the end, so no room has to be made for it.
      while (placed.event.type !== "turn-end" && waiting.length > 1 && (waiting.length > mostEvents || characters > mostCharacters)) {
        const oldest = waiting.findIndex(isDroppable);
        if (oldest === -1) {
          remove(waiting.length - 1);
          return false;
        }
        lost = remove(oldest);
      }
      return true;
    },
    take() {
      const next = waiting[0];
      if (lost === undefined || (next !== undefined && next.number < lost.number)) return remove(0)?.placed;
      const { id } = lost.placed;
      lost = undefined;
      return { id, event: { type: "text-reset", reason: "lagged" } };
    },
    clear() {
      waiting.length = 0;
      characters = 0;
      lost = undefined;
    },
  };
}

function isDroppable({ placed: { event } }: Waiting): boolean {
  return event.type === "text-delta" || event.type === "progress";
}
