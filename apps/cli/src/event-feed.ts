import { countCharacters } from "@omni/runtime";
import type { ShownEvent, ShownLiveEvent } from "./shown-event.ts";

/** Most events, and characters of them, kept for a reader that is slow, or does not read at all; the newest one in any case. */
const mostEvents = 8_192;
const mostCharacters = 4_194_304;

/** Events on their way to one reader: the writer never waits, and holds no more than so many. */
export interface EventFeed {
  push(live: ShownLiveEvent): void;
  /** No more events. */
  end(): void;
  /** The events not read yet; those that were lost to slowness are told by `text-reset`. Ends with the feed or when the signal is aborted. */
  read(signal?: AbortSignal): AsyncGenerator<ShownLiveEvent, void, undefined>;
}

/** Makes an empty feed. */
export function createEventFeed(): EventFeed {
  const waiting: ShownLiveEvent[] = [];
  let characters = 0;
  let isEnded = false;
  let hasLost = false;
  let wake = Promise.withResolvers<void>();
  const stir = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const take = (): void => {
    const gone = waiting.shift();
    characters -= gone === undefined ? 0 : sizeOf(gone);
  };
  return {
    push(live) {
      waiting.push(live);
      characters += sizeOf(live);
      while (waiting.length > 1 && (waiting.length > mostEvents || characters > mostCharacters)) {
        take();
        hasLost = true;
      }
      stir();
    },
    end() {
      isEnded = true;
      stir();
    },
    async *read(signal) {
      signal?.addEventListener("abort", stir, { once: true });
      try {
        while (signal?.aborted !== true) {
          const next = waiting[0];
          if (next !== undefined && hasLost) {
            hasLost = false;
            yield { id: next.id, event: lagged };
          } else if (next !== undefined) {
            take();
            yield next;
          } else if (isEnded) return;
          else await wake.promise;
        }
      } finally {
        signal?.removeEventListener("abort", stir);
      }
    },
  };
}

const lagged: ShownEvent = { type: "text-reset", reason: "lagged" };

/** Characters that an event holds, near enough. */
function sizeOf({ event }: ShownLiveEvent): number {
  if ("text" in event) return event.text.length;
  return event.type === "tool-call" ? countCharacters(event.arguments) : 0;
}
