import type { TurnHandle } from "@omni/runtime";
import { OmniError } from "@omni/core";
import type { FeedContext, FeedItem } from "./turn-feed.ts";
import type { MediaType } from "./media-type.ts";
import { createAuthorityLook, isOver } from "./authority-look.ts";
import { FrameResponse } from "./responses.ts";
import { readTurnFeed } from "./turn-feed.ts";
import { toMediaTypes } from "./media-type.ts";

/** How often the token of a stream is looked at again, in milliseconds. */
const lookAgainMs = 500;

/** How long a reader has to take what was written before its stream ended, in milliseconds. */
const unreadMs = 1_000;

/** What a stream needs besides its turn. */
export interface StreamContext extends FeedContext {
  /** False as soon as the token is revoked; the stream then ends within a second, and a reader that does not read is dropped a second later. Rejects where that cannot be read; when it does so for a second, the stream ends too. */
  isStillAllowed(): Promise<boolean>;
}

/** How the items of a feed are written; undefined for one that is not. `end` is what follows the last one, also of a feed that was cut. */
export interface StreamEncoding {
  readonly head: string;
  write(item: FeedItem): string | undefined;
  end(): string;
}

/** True when the client asks for events instead of one JSON answer: `Accept` names them, and JSON is not liked better. */
export function wantsEvents(request: Request): boolean {
  const accepted = toMediaTypes(request.headers.get("accept") ?? "");
  const events = toQuality(accepted, "text/event-stream") ?? 0;
  // The narrowest range that takes JSON says how much it is liked.
  const json = toQuality(accepted, "application/json") ?? toQuality(accepted, "application/*") ?? toQuality(accepted, "*/*") ?? 0;
  return events > 0 && events >= json;
}

/** How much a range is liked, from 0 to 1; undefined where it is not named. */
function toQuality(accepted: readonly MediaType[], range: string): number | undefined {
  const qualities = accepted.filter(({ name }) => name === range).map(({ parameters }) => parameters.find(([name]) => name === "q")?.[1] ?? "1");
  if (qualities.length === 0) return undefined;
  return Math.max(...qualities.map((quality) => (/^0(?:\.\d*)?$/.test(quality) ? Number(quality) : 1)));
}

/** The `Last-Event-ID` of a request, or undefined. Throws `request.invalid` when it is not of the form `ATTEMPT.N`. */
export function toLastEventId(request: Request): string | undefined {
  const given = request.headers.get("last-event-id");
  return given === null || given === "" ? undefined : checkEventId(given);
}

/** An event's id that came from outside. Throws `request.invalid`. */
export function checkEventId(given: string): string {
  if (/^\d{1,9}\.\d{1,9}$/.test(given)) return given;
  throw new OmniError("request.invalid", "The last event's id must be an id of this stream, ATTEMPT.N.");
}

/** The events of a turn by name, each with its id. */
function toEventEncoding(turnId: string): StreamEncoding {
  return {
    head: `: turn ${turnId}\n\n`,
    write(item) {
      if (item.kind === "silence") return ": keep-alive\n\n";
      // JSON.stringify leaves no raw line break in the data, so one `data:` line holds it.
      return `event: ${item.event.type}\nid: ${item.id}\ndata: ${JSON.stringify(item.data)}\n\n`;
    },
    end: () => "",
  };
}

/**
 * The events of a turn as a response. The reader sets the pace. When it
 * leaves, everything that served it is freed; the turn goes on.
 */
export function toEventStream(handle: TurnHandle, context: StreamContext, encoding: StreamEncoding = toEventEncoding(handle.turnId)): Response {
  const life = new AbortController();
  const dropping = new AbortController();
  const frames = toFrames(handle, context, { encoding, life, dropping });
  return new FrameResponse(frames, { leave: () => life.abort(), dropped: dropping.signal }, { headers: { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" } });
}

/** How a stream is written, and what ends it. */
interface Streaming {
  readonly encoding: StreamEncoding;
  readonly life: AbortController;
  /** Aborted where what was written is not read once the life has ended. */
  readonly dropping: AbortController;
}

async function* toFrames(handle: TurnHandle, context: StreamContext, { encoding, life, dropping }: Streaming): AsyncGenerator<string, void, undefined> {
  const stopWatching = watchAuthority(context, { life, dropping });
  try {
    yield encoding.head;
    for await (const item of readTurnFeed(handle, context, life.signal)) {
      const frame = encoding.write(item);
      if (frame !== undefined) yield frame;
    }
    const last = encoding.end();
    if (last !== "") yield last;
  } finally {
    life.abort();
    stopWatching();
  }
}

/** Ends the stream when its token is no longer good, or nobody can say for long, and has it dropped where its reader holds that up; returns how to stop looking. */
function watchAuthority(context: StreamContext, { life, dropping }: Pick<Streaming, "life" | "dropping">): () => void {
  const look = createAuthorityLook(context.clock, context.isStillAllowed);
  const lookAgain = async (): Promise<void> => {
    const standing = await look();
    if (life.signal.aborted) return;
    if (isOver(standing)) {
      life.abort();
      callOff = context.clock.after(unreadMs, () => dropping.abort());
    } else callOff = context.clock.after(lookAgainMs, () => void lookAgain());
  };
  let callOff = context.clock.after(lookAgainMs, () => void lookAgain());
  return () => callOff();
}
