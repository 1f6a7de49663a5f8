import type { Clock, TurnOutcome } from "@omni/core";
import type { LiveEvent, TurnHandle } from "@omni/runtime";
import type { EventViewContext } from "./event-view.ts";
import { toEventData } from "./event-view.ts";

/** How often a silent stream says that it lives, in milliseconds. */
const keepAliveMs = 15_000;

/** One thing that a stream shows of a turn. */
export type FeedItem =
  | { readonly kind: "event"; readonly id: string; readonly event: LiveEvent["event"]; readonly data: object }
  /** Nothing has happened for 15 s. */
  | { readonly kind: "silence" };

/** What a feed needs besides its turn. */
export interface FeedContext extends EventViewContext {
  readonly clock: Clock;
  /** The client's last seen event, `ATTEMPT.N`. */
  readonly lastEventId: string | undefined;
}

/**
 * The events of a turn that are shown, at the pace of whoever takes them:
 * nothing is taken from the turn's buffer before it is asked for, and a reader
 * that falls behind loses text (`text-reset`), never the end. It ends with the
 * turn, or when `life` is aborted.
 */
export async function* readTurnFeed(handle: TurnHandle, context: FeedContext, life: AbortSignal): AsyncGenerator<FeedItem, void, undefined> {
  const events = handle.events(context.lastEventId, life)[Symbol.asyncIterator]();
  let next = events.next();
  while (!life.aborted) {
    const result = await orSilence(next, context.clock);
    // Whoever left meanwhile is told nothing more.
    if (life.aborted) return;
    if (result === undefined) yield { kind: "silence" };
    else if (result.done === true) return;
    else {
      next = events.next();
      next.catch(() => undefined);
      const { id, event } = result.value;
      const data = toEventData(event, context);
      if (data !== undefined) yield { kind: "event", id, event, data };
    }
  }
}

/** What `next` resolves with, or undefined when it keeps silent for too long. */
async function orSilence<T>(next: Promise<T>, clock: Clock): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const callOff = clock.after(keepAliveMs, () => resolve(undefined));
  try {
    return await Promise.race([next, promise]);
  } finally {
    callOff();
  }
}

/** The stream of a turn that ended before this process looked: its end, which is all that counts. */
export function toEndedHandle(outcome: TurnOutcome): TurnHandle {
  const { turnId, sessionId } = outcome;
  async function* events(): AsyncGenerator<LiveEvent, void, undefined> {
    yield { id: "0.1", event: { type: "turn-end", ...outcome, tokens: 0, at: 0 } };
  }
  return { turnId, sessionId, isRepeat: true, isCommand: false, outcome: Promise.resolve(outcome), events };
}

/**
 * The stream of a turn for a reader whose last event may have been one of
 * another turn: ids do not say whose they are, so nothing is skipped, and what
 * the reader has of the text counts no longer.
 */
export function toRetoldHandle(handle: TurnHandle): TurnHandle {
  async function* events(_afterId?: string, signal?: AbortSignal): AsyncGenerator<LiveEvent, void, undefined> {
    yield { id: "0.0", event: { type: "text-reset", reason: "recovered" } };
    yield* handle.events(undefined, signal);
  }
  return { ...handle, events };
}
