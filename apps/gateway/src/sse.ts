import type { Clock, Principal, TurnOutcome } from "@omni/core";
import type { LiveEvent, TurnHandle } from "@omni/runtime";
import { OmniError } from "@omni/core";
import { toAnswerView, toLineCount, toPreview } from "./turn-view.ts";
import { toAskEventView } from "./ask-view.ts";

/** How often a silent stream says that it lives, and how often the token of a stream is looked at again, in milliseconds. */
const keepAliveMs = 15_000;
const lookAgainMs = 500;

/** What a stream needs besides its turn. */
export interface StreamContext {
  readonly clock: Clock;
  readonly principal: Principal;
  readonly requestId: string;
  /** The client's last seen event, `ATTEMPT.N`. */
  readonly lastEventId: string | undefined;
  /** False as soon as the token is revoked; the stream then ends within a second. */
  isStillAllowed(): Promise<boolean>;
}

/** True when the client asks for events instead of one JSON answer. */
export function wantsEvents(request: Request): boolean {
  return /(?:^|[\s,])text\/event-stream(?:$|[\s,;])/i.test(request.headers.get("accept") ?? "");
}

/** The `Last-Event-ID` of a request, or undefined. Throws `request.invalid` when it is not of the form `ATTEMPT.N`. */
export function toLastEventId(request: Request): string | undefined {
  const given = request.headers.get("last-event-id");
  if (given === null || given === "") return undefined;
  if (/^\d{1,9}\.\d{1,9}$/.test(given)) return given;
  throw new OmniError("request.invalid", "Last-Event-ID must be an id of this stream, ATTEMPT.N.");
}

/**
 * The events of a turn as a response. The reader sets the pace: nothing is
 * taken from the turn's buffer before it is asked for, and a reader that falls
 * behind loses text (`text-reset`), never the end. When it leaves, everything
 * that served it is freed; the turn goes on.
 */
export function toEventStream(handle: TurnHandle, context: StreamContext): Response {
  const life = new AbortController();
  const frames = toFrames(handle, context, life);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await frames.next();
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(next.value));
      },
      async cancel() {
        life.abort();
        await frames.return();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" } });
}

async function* toFrames(handle: TurnHandle, context: StreamContext, life: AbortController): AsyncGenerator<string, void, undefined> {
  const stopWatching = watchAuthority(context, life);
  const events = handle.events(context.lastEventId, life.signal)[Symbol.asyncIterator]();
  try {
    yield `: turn ${handle.turnId}\n\n`;
    let next = events.next();
    while (!life.signal.aborted) {
      const result = await orSilence(next, context.clock);
      if (result === undefined) yield ": keep-alive\n\n";
      else if (result.done === true) return;
      else {
        next = events.next();
        next.catch(() => undefined);
        const frame = toFrame(result.value, context);
        if (frame !== undefined) yield frame;
      }
    }
  } finally {
    life.abort();
    stopWatching();
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

/** Ends the stream when its token is no longer good; returns how to stop looking. */
function watchAuthority(context: StreamContext, life: AbortController): () => void {
  const look = async (): Promise<void> => {
    if (!(await context.isStillAllowed().catch(() => false))) life.abort();
    else if (!life.signal.aborted) callOff = context.clock.after(lookAgainMs, () => void look());
  };
  let callOff = context.clock.after(lookAgainMs, () => void look());
  return () => callOff();
}

function toFrame({ id, event }: LiveEvent, context: StreamContext): string | undefined {
  const data = toData(event, context);
  // JSON.stringify leaves no raw line break in the data, so one `data:` line holds it.
  return data === undefined ? undefined : `event: ${event.type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

function toData(event: LiveEvent["event"], context: StreamContext): object | undefined {
  switch (event.type) {
    case "turn-start":
      return { turn_id: event.turnId, session_id: event.sessionId };
    case "text-delta":
      return { text: event.text };
    case "tool-call":
      return { call_id: event.callId, name: event.name, arguments: event.arguments };
    case "tool-result":
      return { call_id: event.callId, name: event.name, status: event.status, preview: toPreview(event.content), lines: toLineCount(event.content) };
    case "progress":
      return { call_id: event.callId, text: event.text };
    case "trim":
      return { tokens_before: event.tokensBefore, tokens_after: event.tokensAfter };
    case "answer":
      return { ask_id: event.askId, decision: event.decision };
    case "ask":
      return toAskEventView(event);
    case "text-reset":
      return { reason: event.reason };
    case "turn-end":
      return toAnswerView(event, context.principal, context.requestId);
    default:
      return undefined;
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
