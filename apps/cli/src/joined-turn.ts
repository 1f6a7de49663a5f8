import type { TurnOutcome } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { AskView, Client, TurnEvents } from "@omni/client";
import type { Reply } from "@omni/runtime";
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
  /** Answers an ask of it, where it runs. Throws what the gateway says; one that may not have come there is put again. */
  answer(askId: string, reply: Reply): Promise<void>;
}

/** What is known of a turn while it is followed. */
interface Following {
  readonly turnId: string;
  /** Where the conversation stands: the turn itself knows best. */
  sessionId: string;
  readonly feed: ReturnType<typeof createEventFeed>;
  /** What it has asked so far. */
  readonly asked: Map<string, AskView>;
  /** The gateway in which it was found last: the link may have let go of that for new messages while it still tells of this turn. */
  client: Client;
  lastEventId: string | undefined;
  /** True where a `text-reset` would tell nothing new. */
  isReset: boolean;
  /** True while the gateway is away. */
  isAway: boolean;
  /** True where it was found again, and its events ended with nothing that was not known. */
  isBarren: boolean;
}

/**
 * Follows a turn to its end, through restarts of the gateway. When the gateway
 * goes away and does not come back in time, the outcome rejects with
 * `gateway.draining`, saying where the turn will go on.
 */
export function followTurn(first: TurnEvents, sessionId: string, client: Client, link: GatewayLink): JoinedTurn {
  const { turnId } = first;
  const following: Following = { turnId, sessionId, feed: createEventFeed(), asked: new Map(), client, lastEventId: undefined, isReset: true, isAway: false, isBarren: false };
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
      const there = following.isAway ? link.current() : following.client;
      const status = await there?.cancel(turnId).catch(() => undefined);
      return status !== undefined;
    },
    answer: (askId, reply) => answerAsk(askId, reply, following, link.asks),
  };
}

async function answerAsk(askId: string, reply: Reply, { client, asked, turnId }: Following, asks: JoinedAsks): Promise<void> {
  try {
    await client.answer(askId, reply);
  } catch (error) {
    if (isOmniError(error) && error.code === "ask.not-found") asks.close(askId);
    // One that the gateway still has open stays so here, and can be answered again.
    if (!isCut(error)) throw error;
    const ask = asked.get(askId);
    // It was closed meanwhile where the answer was taken; and with the gateway, until that is back.
    if (ask !== undefined && asks.has(askId)) {
      asks.close(askId);
      asks.open(ask, turnId);
    }
    throw new OmniError("egress.failed", "The gateway went away before it said that it took the answer; where the question is still open it is asked again.", { cause: error, retryable: true });
  }
  asks.close(askId);
}

function openAsk(ask: AskView, { asked, turnId }: Following, asks: JoinedAsks): void {
  asked.set(ask.askId, ask);
  asks.open(ask, turnId);
}

async function readToEnd(first: TurnEvents, following: Following, link: GatewayLink): Promise<TurnOutcome> {
  for (let found: TurnEvents | TurnOutcome = first; ; found = await resume(following, link)) {
    if (!(Symbol.asyncIterator in found)) return found;
    const { lastEventId } = following;
    const outcome = await readEvents(found, following, link.asks);
    if (outcome !== undefined) return outcome;
    link.asks.closeAll(following.turnId);
    following.isBarren = found !== first && following.lastEventId === lastEventId;
    // Nothing more comes, so the turn may have ended without its events saying so.
    const end = following.isBarren ? await readEnd(following) : undefined;
    if (end !== undefined) return end;
  }
}

/** How the turn has ended, where the gateway in which it was found last says that it has. */
async function readEnd({ client, turnId }: Following): Promise<TurnOutcome | undefined> {
  try {
    const state = await client.turn(turnId);
    return "output" in state ? state : undefined;
  } catch (error) {
    if (!isCut(error)) throw error;
    return undefined;
  }
}

/** Reads one connection; undefined when it was cut before the end of the turn. */
async function readEvents(events: TurnEvents, following: Following, asks: JoinedAsks): Promise<TurnOutcome | undefined> {
  const { feed } = following;
  try {
    for await (const { id, event } of events) {
      following.lastEventId = id;
      if (event.type === "turn-end") return event.outcome;
      if (event.type === "turn-start") following.sessionId = event.sessionId;
      if (event.type === "ask") openAsk(event.ask, following, asks);
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

/** Finds the turn again: its events, or its end. After a look that brought nothing it waits a little, and tells nobody a second time. Rejects when no gateway came back. */
async function resume(following: Following, link: GatewayLink): Promise<TurnEvents | TurnOutcome> {
  const { turnId, lastEventId, feed } = following;
  if (following.isBarren) await link.pause();
  following.isAway = true;
  if (!following.isBarren) feed.push({ id: lastEventId ?? "0.0", event: { type: "note", text: "the gateway went away; waiting for it to come back" } });
  for (let client = await link.wait(); client !== undefined; client = await link.wait()) {
    try {
      const events = await client.follow(turnId, lastEventId === undefined ? {} : { lastEventId });
      // An ask that was put before is not put again in the stream.
      for (const { ask, turnId: asking } of await client.asks()) if (asking === turnId) openAsk(ask, following, link.asks);
      following.isAway = false;
      following.client = client;
      // Where another process has taken the turn up, its end is all there is to see.
      const found = events ?? (await readEnd(following));
      if (found !== undefined) return found;
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
