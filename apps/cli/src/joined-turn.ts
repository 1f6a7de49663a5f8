import type { TurnOutcome } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { Client, TurnEvents } from "@omni/client";
import type { JoinedAsks } from "./joined-asks.ts";
import type { SubmittedTurn } from "./turn-service.ts";
import { createEventFeed } from "./event-feed.ts";
import { toShownEvent } from "./shown-event.ts";

/** The gateway as a turn in it needs it. */
export interface GatewayLink {
  /** The one that was there last. */
  current(): Client | undefined;
  /** Waits for one for as long as that is reasonable; undefined when none came. */
  wait(): Promise<Client | undefined>;
  /** Resolves after a little while. */
  pause(): Promise<void>;
  readonly asks: JoinedAsks;
}

/** A turn that a gateway runs. */
export interface JoinedTurn extends SubmittedTurn {
  /** Stops it; false when the gateway could not be told. */
  cancel(): Promise<boolean>;
}

/** What is known of a turn while it is followed. */
interface Following {
  readonly turnId: string;
  /** Where the conversation stands: the turn itself knows best. */
  sessionId: string;
  readonly feed: ReturnType<typeof createEventFeed>;
  lastEventId: string | undefined;
  /** True where a `text-reset` would tell nothing new. */
  isReset: boolean;
  /** True while the gateway is away. */
  isAway: boolean;
}

/**
 * Follows a turn to its end, through restarts of the gateway. When the gateway
 * goes away and does not come back in time, the outcome rejects with
 * `gateway.draining`, saying where the turn will go on.
 */
export function followTurn(first: TurnEvents, sessionId: string, link: GatewayLink): JoinedTurn {
  const { turnId } = first;
  const following: Following = { turnId, sessionId, feed: createEventFeed(), lastEventId: undefined, isReset: true, isAway: false };
  const outcome = Promise.withResolvers<TurnOutcome>();
  outcome.promise.catch(() => undefined);
  void readToEnd(first, following, link).then(outcome.resolve, outcome.reject).finally(() => {
    link.asks.closeAll(turnId);
    following.feed.end();
  });
  return {
    turnId,
    sessionId,
    outcome: outcome.promise,
    events: (_, signal) => following.feed.read(signal),
    async cancel() {
      if (following.isAway) outcome.reject(toLost(following, "could not be stopped"));
      const status = await link.current()?.cancel(turnId).catch(() => undefined);
      return status !== undefined;
    },
  };
}

async function readToEnd(first: TurnEvents, following: Following, link: GatewayLink): Promise<TurnOutcome> {
  for (let found: TurnEvents | TurnOutcome = first; ; found = await resume(following, link)) {
    if (!(Symbol.asyncIterator in found)) return found;
    const outcome = await readEvents(found, following, link.asks);
    if (outcome !== undefined) return outcome;
    link.asks.closeAll(following.turnId);
  }
}

/** Reads one connection; undefined when it was cut before the end of the turn. */
async function readEvents(events: TurnEvents, following: Following, asks: JoinedAsks): Promise<TurnOutcome | undefined> {
  const { turnId, feed } = following;
  try {
    for await (const { id, event } of events) {
      following.lastEventId = id;
      if (event.type === "turn-end") return event.outcome;
      if (event.type === "turn-start") following.sessionId = event.sessionId;
      if (event.type === "ask") asks.open(event.ask, turnId);
      if (event.type === "answer") asks.close(event.askId);
      const isReset = event.type === "text-reset";
      if (!isReset || !following.isReset) feed.push({ id, event: toShownEvent(event) });
      following.isReset = isReset;
    }
  } catch (error) {
    if (!isCut(error)) throw error;
  }
  return undefined;
}

/** Finds the turn again: its events, or its end. Rejects when no gateway came back. */
async function resume(following: Following, link: GatewayLink): Promise<TurnEvents | TurnOutcome> {
  const { turnId, lastEventId = "0.0", feed } = following;
  following.isAway = true;
  feed.push({ id: lastEventId, event: { type: "note", text: "the gateway went away; waiting for it to come back" } });
  for (let client = await link.wait(); client !== undefined; client = await link.wait()) {
    try {
      const events = await client.follow(turnId, { lastEventId });
      // An ask that was put before is not put again in the stream.
      for (const { ask, turnId: asking } of await client.asks()) if (asking === turnId) link.asks.open(ask, turnId);
      following.isAway = false;
      if (events !== undefined) return events;
      // Another process has taken the turn up: its end is all there is to see.
      const state = await client.turn(turnId);
      if ("output" in state) return state;
    } catch (error) {
      if (!isCut(error)) throw error;
    }
    await link.pause();
  }
  throw toLost(following, "has not ended");
}

/** True where the connection broke, or the gateway is going down. */
export function isCut(error: unknown): error is OmniError {
  return isOmniError(error) && error.retryable && (error.code === "egress.failed" || error.code === "gateway.draining");
}

function toLost({ turnId, sessionId }: Following, what: string): OmniError {
  return new OmniError("gateway.draining", `The gateway went away and the turn ${turnId} ${what}; it goes on at the gateway's next start. Look at it with: omni sessions show ${sessionId}`);
}
