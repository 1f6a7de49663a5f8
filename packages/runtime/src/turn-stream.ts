import type { AgentEvent, TurnOutcome } from "@omni/core";
import { countCharacters } from "./count-characters.ts";

/** An event with its place, `ATTEMPT.N`. `text-reset` tells a reader that what it has seen of the text no longer counts. */
export interface LiveEvent {
  readonly id: string;
  readonly event: AgentEvent | { readonly type: "text-reset"; readonly reason: "recovered" | "lagged" };
}

/** The live events of one turn: one writer, any number of readers, bounded memory. */
export interface TurnStream {
  /** Begins an attempt, or goes on with one that was held up; ids start again under the number of a new one. What was told before counts no longer. */
  begin(attempt: number): void;
  publish(event: AgentEvent): void;
  /** The turn waits for something: the outcome of who waits now rejects, and who reads now ends. Who comes later waits for what comes of it. */
  holdUp(error: Error): void;
  /**
   * No more events; the first end counts. A turn that ended without running
   * here (cancelled while it waited, taken in by another, run elsewhere) told
   * no `turn-end`, and is given it now. With an error the outcome rejects;
   * waiting readers just end.
   */
  end(outcome: TurnOutcome | Error): void;
  /** True once there was a `turn-end`. */
  readonly hasTurnEnd: boolean;
  /**
   * Events after the one with this id, from the first still kept when it is
   * absent or unknown; ends with the turn. Pieces of text that came in one
   * turn of the event loop, or while the reader was busy, are one event under
   * the id of the last: a fast model costs a reader no more than a slow one.
   */
  read(afterId?: string, signal?: AbortSignal): AsyncIterable<LiveEvent>;
  readonly outcome: Promise<TurnOutcome>;
  /** Characters that are kept for readers, near enough. */
  readonly size: number;
}

/** Most events and characters kept for readers that come late or read slowly. The newest event is kept however large it is, and the end of the turn takes the place of nothing: no other comes after it. */
const mostEvents = 8_192;
const mostCharacters = 4_194_304;

/** Most characters of one event that a reader gets of deltas which came close together. */
const mostTogether = 65_536;

/** The events kept, oldest first, and how many went before them. */
interface EventBuffer {
  readonly first: number;
  add(live: LiveEvent): void;
  /** The event with this number among all that were added, from 0. */
  at(number: number): LiveEvent | undefined;
  /** Number after the event with this id; undefined when it is not kept. */
  after(id: string): number | undefined;
  readonly isEmpty: boolean;
  /** Characters that are kept. */
  readonly size: number;
}

function createEventBuffer(): EventBuffer {
  const kept: LiveEvent[] = [];
  let first = 0;
  let characters = 0;
  return {
    add(live) {
      kept.push(live);
      characters += sizeOf(live);
      while (kept.length > 1 && live.event.type !== "turn-end" && (kept.length > mostEvents || characters > mostCharacters)) {
        const gone = kept.shift();
        if (gone === undefined) return;
        characters -= sizeOf(gone);
        first += 1;
      }
    },
    at: (number) => kept[number - first],
    after(id) {
      const index = kept.findIndex((live) => live.id === id);
      return index === -1 ? undefined : first + index + 1;
    },
    get first() {
      return first;
    },
    get isEmpty() {
      return kept.length === 0;
    },
    get size() {
      return characters;
    },
  };
}

/** A stream whose readers share one buffer. A reader that falls behind it is told by `text-reset` and goes on with the oldest event kept. */
export function createTurnStream(): TurnStream {
  const buffer = createEventBuffer();
  let attempt = 1;
  let count = 0;
  let ended = false;
  let hasTurnEnd = false;
  /** How often the turn was held up: who began to read before that is through. */
  let holds = 0;
  let outcome = toOutcome();
  const { notify, wait } = createWake();
  const publish = (event: LiveEvent["event"]): void => {
    count += 1;
    hasTurnEnd ||= event.type === "turn-end";
    buffer.add({ id: `${attempt}.${count}`, event });
    notify();
  };

  return {
    get outcome() {
      return outcome.promise;
    },
    get size() {
      return buffer.size;
    },
    get hasTurnEnd() {
      return hasTurnEnd;
    },
    begin(number) {
      const isTold = number > 1 || count > 0;
      if (number !== attempt) count = 0;
      attempt = number;
      if (isTold) publish({ type: "text-reset", reason: "recovered" });
    },
    publish,
    holdUp(error) {
      if (ended) return;
      holds += 1;
      outcome.reject(error);
      outcome = toOutcome();
      notify();
    },
    end(result) {
      if (ended) return;
      if (!(result instanceof Error) && !hasTurnEnd) publish({ type: "turn-end", ...result, tokens: 0, at: 0 });
      ended = true;
      if (result instanceof Error) outcome.reject(result);
      else outcome.resolve(result);
      notify();
    },
    read(afterId, signal) {
      const before = holds;
      return readBuffer(buffer, { afterId, signal, notify, wait, hasEnded: () => ended || holds !== before });
    },
  };
}

/** Wakes all who wait. Most events of most turns are waited for by nobody, and make no promise. */
function createWake(): Pick<Reading, "notify" | "wait"> {
  let wake: PromiseWithResolvers<void> | undefined;
  return {
    notify() {
      wake?.resolve();
      wake = undefined;
    },
    wait: () => (wake ??= Promise.withResolvers<void>()).promise,
  };
}

/** An outcome to come, which nobody has to wait for. */
function toOutcome(): PromiseWithResolvers<TurnOutcome> {
  const outcome = Promise.withResolvers<TurnOutcome>();
  outcome.promise.catch(() => undefined);
  return outcome;
}

/** One reader and the stream it reads. */
interface Reading {
  readonly afterId: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Wakes every reader: those that find nothing new wait again. */
  readonly notify: () => void;
  readonly wait: () => Promise<void>;
  hasEnded(): boolean;
}

async function* readBuffer(buffer: EventBuffer, reading: Reading): AsyncGenerator<LiveEvent, void, undefined> {
  const { afterId, signal, notify } = reading;
  const known = afterId === undefined ? undefined : buffer.after(afterId);
  let next = known ?? buffer.first;
  /** The last this reader was given: a reset goes under it, so that who resumes there is given what follows. */
  let lastId = afterId ?? "0.0";
  signal?.addEventListener("abort", notify, { once: true });
  try {
    if (afterId !== undefined && known === undefined && !buffer.isEmpty) yield { id: lastId, event: { type: "text-reset", reason: "recovered" } };
    while (signal?.aborted !== true) {
      if (next < buffer.first) {
        next = buffer.first;
        yield { id: lastId, event: { type: "text-reset", reason: "lagged" } };
      }
      const live = buffer.at(next);
      if (live !== undefined) {
        const { together, count } = takeTogether(live, next, buffer);
        next += count;
        lastId = together.id;
        yield together;
      } else if (reading.hasEnded()) return;
      else {
        await reading.wait();
        if (buffer.at(next)?.event.type === "text-delta") await restOfTick();
      }
    }
  } finally {
    signal?.removeEventListener("abort", notify);
  }
}

/** An event with the pieces of text right behind it, where it is one, and how many events that are. */
function takeTogether(first: LiveEvent, from: number, buffer: EventBuffer): { readonly together: LiveEvent; readonly count: number } {
  if (first.event.type !== "text-delta") return { together: first, count: 1 };
  let { id } = first;
  let { text } = first.event;
  let count = 1;
  while (text.length < mostTogether) {
    const live = buffer.at(from + count);
    if (live?.event.type !== "text-delta") break;
    text += live.event.text;
    id = live.id;
    count += 1;
  }
  return { together: { id, event: { type: "text-delta", text } }, count };
}

/** Resolves when everything that has come in by now has been handled. */
function restOfTick(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Characters an event holds, near enough to bound the buffer. A piece of text, of which there are thousands, is not looked through. */
function sizeOf({ event }: LiveEvent): number {
  return event.type === "text-delta" || event.type === "reasoning-delta" || event.type === "progress" ? event.text.length + 64 : countCharacters(event);
}
