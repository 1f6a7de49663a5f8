import type { AgentEvent, TurnOutcome } from "@omni/core";

/** An event with its place, `ATTEMPT.N`. `text-reset` tells a reader that what it has seen of the text no longer counts. */
export interface LiveEvent {
  readonly id: string;
  readonly event: AgentEvent | { readonly type: "text-reset"; readonly reason: "recovered" | "lagged" };
}

/** The live events of one turn: one writer, any number of readers, bounded memory. */
export interface TurnStream {
  /** Begins an attempt; ids start again under its number. */
  begin(attempt: number): void;
  publish(event: AgentEvent): void;
  /** No more events; the first end counts. With an error the outcome rejects; waiting readers just end. */
  end(outcome: TurnOutcome | Error): void;
  /** Events after the one with this id, from the first still kept when it is absent or unknown; ends with the turn. */
  read(afterId?: string, signal?: AbortSignal): AsyncIterable<LiveEvent>;
  readonly outcome: Promise<TurnOutcome>;
}

/** Most events and characters kept for readers that come late or read slowly. */
const mostEvents = 8_192;
const mostCharacters = 4_194_304;

/** A stream whose readers share one buffer. A reader that falls behind it is told by `text-reset` and goes on with the oldest event kept. */
export function createTurnStream(): TurnStream {
  const buffer: LiveEvent[] = [];
  let first = 0;
  let characters = 0;
  let attempt = 1;
  let count = 0;
  let ended = false;
  let wake = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<TurnOutcome>();
  outcome.promise.catch(() => undefined);

  const add = (event: LiveEvent["event"]): void => {
    count += 1;
    const live: LiveEvent = { id: `${attempt}.${count}`, event };
    buffer.push(live);
    characters += sizeOf(live);
    while (buffer.length > mostEvents || characters > mostCharacters) {
      const gone = buffer.shift();
      if (gone === undefined) break;
      characters -= sizeOf(gone);
      first += 1;
    }
    notify();
  };
  const notify = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };

  async function* read(afterId: string | undefined, signal: AbortSignal | undefined): AsyncGenerator<LiveEvent, void, undefined> {
    const known = afterId === undefined ? -1 : buffer.findIndex((live) => live.id === afterId);
    let next = first + known + 1;
    // A reader that leaves wakes all others too: they find nothing new and wait again.
    signal?.addEventListener("abort", notify, { once: true });
    try {
      if (afterId !== undefined && known === -1 && buffer.length > 0) yield { id: afterId, event: { type: "text-reset", reason: "recovered" } };
      while (signal?.aborted !== true) {
        if (next < first) {
          next = first;
          yield { id: `${attempt}.${count}`, event: { type: "text-reset", reason: "lagged" } };
        }
        const live = buffer[next - first];
        if (live !== undefined) {
          next += 1;
          yield live;
        } else if (ended) return;
        else await wake.promise;
      }
    } finally {
      signal?.removeEventListener("abort", notify);
    }
  }

  return {
    outcome: outcome.promise,
    begin(number) {
      attempt = number;
      count = 0;
      if (number > 1) add({ type: "text-reset", reason: "recovered" });
    },
    publish: add,
    end(result) {
      if (ended) return;
      ended = true;
      if (result instanceof Error) outcome.reject(result);
      else outcome.resolve(result);
      notify();
    },
    read: (afterId, signal) => read(afterId, signal),
  };
}

/** Characters an event holds, near enough to bound the buffer. */
function sizeOf(live: LiveEvent): number {
  const { event } = live;
  if (event.type === "text-delta" || event.type === "reasoning-delta") return event.text.length + 64;
  return event.type === "tool-result" || event.type === "model-reply" || event.type === "prompt" ? JSON.stringify(event).length : 512;
}
