import type { ClaimResult, Clock, Random, Store, TurnInput, TurnOutcome } from "@omni/core";
import { isOmniError, OmniError, toOmniError } from "@omni/core";
import type { IncomingMessage, TurnHandle } from "./runtime.ts";
import type { LiveTurn, LiveTurns } from "./live-turns.ts";
import type { RunnerParts } from "./turn-runner.ts";
import type { SteeringDesk } from "./steering-desk.ts";
import type { SessionQueues } from "./session-queues.ts";
import type { TurnShares } from "./turn-shares.ts";
import type { CharacterBounds, WaitingCharacters } from "./waiting-characters.ts";
import { checkMessage } from "./check-message.ts";
import { createLiveTurns } from "./live-turns.ts";
import { findSuspects } from "./interruptions.ts";
import { findTaken } from "./find-taken.ts";
import { createTurnShares } from "./turn-shares.ts";
import { createWaitingCharacters } from "./waiting-characters.ts";
import { checkSessionOwner, toSessionId } from "./session-id.ts";

/** Most turns that may run and wait in one process, in all its sessions, and those of one principal without scope `admin`: the rest is for others. */
const mostOpen = 10_000;
const mostEach = mostOpen / 2;

/**
 * Most characters that those turns' messages may have. A message may have a
 * mebibyte, and whoever recovers, stops or interrupts reads all that wait at
 * once, so their number alone does not bound the memory that takes. One
 * principal without scope `admin` has a quarter: the rest is for others.
 */
const mostCharacters: CharacterBounds = { inAll: 67_108_864, each: 16_777_216 };

/** What the dispatcher works with. */
export interface DispatcherParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly queues: SessionQueues;
  readonly steering: SteeringDesk;
  readonly runner: RunnerParts;
  /** Most turns that may wait in one session. */
  readonly queueLimit: number;
  /** Fills in what a message does not bring. Throws `workspace.not-found`. */
  complete(message: IncomingMessage, identity: { readonly turnId: string; readonly sessionId: string }): Promise<TurnInput>;
}

/** Takes messages in and brings each to its end, in order within a session. */
export interface Dispatcher {
  submit(message: IncomingMessage): Promise<TurnHandle>;
  follow(turnId: string): TurnHandle | undefined;
  /** The turn that a message under this idempotency key was taken for; undefined where there is none. Takes nothing in. */
  find(message: IncomingMessage): Promise<TurnHandle | undefined>;
  cancel(turnId: string): Promise<boolean>;
  recover(): Promise<number>;
  /** No new messages from now on. */
  refuse(): void;
  /** Resolves when every message that was being taken in is queued or refused. */
  settled(): Promise<void>;
  /** Ends these turns, or all that run, without ending them in the record. */
  park(turnIds?: readonly string[]): void;
}

/** What the dispatcher has under way. */
interface Dispatching {
  readonly parts: DispatcherParts;
  readonly turns: LiveTurns;
  readonly shares: TurnShares;
  readonly characters: WaitingCharacters;
}

/** Makes a dispatcher. */
export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const shares = createTurnShares(parts.queues, mostEach);
  const turns = createLiveTurns(shares.queues, parts.runner);
  const dispatching: Dispatching = { parts, turns, shares, characters: createWaitingCharacters(mostCharacters) };
  let isRefusing = false;
  const underWay = new Set<Promise<unknown>>();

  const find = async (message: IncomingMessage, sessionId: string): Promise<TurnHandle | undefined> => {
    const found = message.idempotency === undefined ? undefined : await findTaken({ message, turnId: parts.random.id(), sessionId, at: parts.clock.now() }, parts.store);
    return found?.result === "existing" ? recorded(found.turnId, dispatching) : undefined;
  };
  /** A repeat is answered also where a new message would be refused: nothing is taken in for it. */
  const orFound = async (error: unknown, message: IncomingMessage, sessionId: string): Promise<TurnHandle> => {
    const found = await find(message, sessionId).catch(() => undefined);
    if (found === undefined) throw error;
    return found;
  };
  const take = (message: IncomingMessage, sessionId: string): Promise<TurnHandle> => {
    const taking = accept(message, sessionId, dispatching).catch((error: unknown) => orFound(error, message, sessionId));
    underWay.add(taking);
    const forget = (): void => void underWay.delete(taking);
    taking.then(forget, forget);
    return taking;
  };

  return {
    async submit(message) {
      if (isRefusing) throw new OmniError("gateway.draining", "Omni is stopping and takes no new messages; try again in a moment.", { retryable: true, retryAfterMs: 2_000 });
      checkMessage(message.text, (message.attachments?.length ?? 0) > 0);
      const sessionId = toSessionId(message.sessionId, message.origin);
      checkSessionOwner(sessionId, message.origin, message.principal);
      return take(message, sessionId);
    },
    follow(turnId) {
      const turn = turns.find(turnId);
      return turn === undefined ? undefined : toHandle(turn, true);
    },
    find: (message) => find(message, toSessionId(message.sessionId, message.origin)),
    cancel: (turnId) => cancel(turnId, parts, turns),
    async recover() {
      const left = (await parts.store.unfinished()).filter((record) => !record.ownerAlive);
      parts.runner.suspects.enter(await findSuspects(left, parts.store));
      for (const { input } of left) start(input, dispatching);
      // What a message was taken to interrupt is interrupted still: the process may have ended before it came to that, or before the end was on disk.
      for (const { input } of left) if (input.mode === "interrupt") await interrupt(input, parts, turns);
      return left.length;
    },
    refuse() {
      isRefusing = true;
    },
    async settled() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
    park: turns.park,
  };
}

async function cancel(turnId: string, { store, steering, clock }: DispatcherParts, turns: LiveTurns): Promise<boolean> {
  if (steering.isTaken(turnId)) return false;
  steering.leave(turnId);
  const isQueued = await store.cancelQueued(turnId, clock.now()).catch((error: unknown) => {
    // A store that is locked keeps nobody from stopping what runs here; whether that was still waiting is found out by itself.
    if (turns.find(turnId)?.ended !== false) throw error;
    return false;
  });
  const turn = turns.find(turnId);
  // One that waits behind others ends here and now, not when its time would have come.
  if (isQueued) {
    const outcome = (await store.turn(turnId))?.outcome;
    if (outcome != null) turn?.stream.end(outcome);
    return true;
  }
  if (turn === undefined || turn.ended || turn.isEnding) return false;
  turn.life.abort(new OmniError("turn.cancelled", "The turn was cancelled."));
  return true;
}

/** Cancels everything of the session that came before, at once, the newest first, so that nothing begins meanwhile. What cannot be cancelled now is waited for. */
async function interrupt({ turnId, sessionId }: TurnInput, parts: DispatcherParts, turns: LiveTurns): Promise<void> {
  try {
    const open = (await parts.store.unfinished(sessionId)).map((record) => record.input.turnId);
    const before = open.slice(0, Math.max(0, open.indexOf(turnId)));
    await Promise.all(before.toReversed().map((each) => cancel(each, parts, turns)));
  } catch (error) {
    parts.runner.log.warn("a message could not interrupt what came before it, and waits for that", { turnId, message: toOmniError(error).message });
  }
}

/** Makes a message durable and queues its turn, or finds the turn that it has been taken for before. */
async function accept(message: IncomingMessage, sessionId: string, dispatching: Dispatching): Promise<TurnHandle> {
  const { parts, shares, characters } = dispatching;
  if (parts.queues.open >= mostOpen) throw new OmniError("request.too-many", `${mostOpen} messages wait here already, in all sessions, and this one was not taken; send it again later.`, { retryable: true, retryAfterMs: 5_000 });
  const taken = shares.reserve(message.principal);
  let counted: (() => void) | undefined;
  let giveUp: (() => void) | undefined;
  try {
    const input = await parts.complete(message, { turnId: parts.random.id(), sessionId });
    counted = characters.reserve(input);
    giveUp = parts.queues.reserve(sessionId);
    return await takeIn(message, input, { ...dispatching, isFirst: giveUp !== undefined });
  } finally {
    giveUp?.();
    counted?.();
    taken();
  }
}

async function takeIn(message: IncomingMessage, input: TurnInput, { isFirst, ...dispatching }: Dispatching & { readonly isFirst: boolean }): Promise<TurnHandle> {
  const { parts } = dispatching;
  const { turnId } = input;
  // Those that need not be claimed at once wait for it too, or they would be accepted before the first, which came before them.
  const joined = await parts.runner.own.get().catch(unlessHeld);
  const accepting = parts.store.accept({
    input,
    channel: message.origin,
    platformId: message.platformId ?? turnId,
    ...(message.idempotency === undefined ? {} : { idempotency: message.idempotency }),
    // One that interrupts ends what fills the session, and must be on disk before it does: there is one place more for it. Where that is taken too, it is refused as others are.
    queueLimit: input.mode === "interrupt" ? parts.queueLimit + 1 : parts.queueLimit,
  });
  // What begins at once is claimed in the same breath, so that a store writes both together. Where that fails it is claimed when its time has come.
  const claiming = isFirst && joined !== undefined ? parts.runner.own.claim(turnId).catch(() => undefined) : undefined;
  // What was taken in although the answer to it was lost shows in its claim.
  const accepted = await accepting.catch(async (error: unknown) => {
    if ((await claiming)?.result !== "claimed") throw error;
    return { result: "accepted", turnId } as const;
  });
  switch (accepted.result) {
    case "accepted":
      parts.steering.accepted(input);
      return toHandle(await begin(input, claiming, dispatching), false);
    case "existing":
      return recorded(accepted.turnId, dispatching);
    case "conflict":
      throw new OmniError("request.mismatch", "This idempotency key was used before with another message; use a new key.");
    case "full":
      throw new OmniError("session.full", `${accepted.queued} messages wait in this session already, and this one was not taken; wait for answers, or end what waits with /stop, then send it again.`, { retryable: true, retryAfterMs: 5_000 });
  }
}

/** Begins an accepted turn, in its place behind what was there before it, which one that interrupts cancels. */
async function begin(input: TurnInput, claiming: Promise<ClaimResult | undefined> | undefined, dispatching: Dispatching): Promise<LiveTurn> {
  // First known, then interrupting: the next one that interrupts must find this one.
  const turn = start(input, dispatching, claiming);
  if (input.mode === "interrupt") await interrupt(input, dispatching.parts, dispatching.turns);
  return turn;
}

/** Queues a turn and counts it, as its principal's, until it is over. */
function start(input: TurnInput, { turns, characters }: Dispatching, claiming?: Promise<ClaimResult | undefined>): LiveTurn {
  const turn = turns.begin(input, claiming);
  characters.hold(input, turn.stream);
  return turn;
}

/** A turn that was accepted before: live here, or its recorded end, or its run taken up. */
async function recorded(turnId: string, dispatching: Dispatching): Promise<TurnHandle> {
  const { parts, turns } = dispatching;
  const live = turns.find(turnId);
  if (live !== undefined) return toHandle(live, true);
  const record = await parts.store.turn(turnId);
  if (record === undefined) throw new OmniError("turn.not-found", `The turn ${turnId} has gone from the store.`);
  const { input, outcome } = record;
  if (outcome === null) return toHandle(start(input, dispatching), true);
  return toEndedHandle(input, outcome);
}

/** A handle on a turn that has ended: its outcome, and the one event that matters. */
function toEndedHandle(input: TurnInput, outcome: TurnOutcome): TurnHandle {
  async function* events(): AsyncGenerator<{ id: string; event: { type: "turn-end" } & TurnOutcome & { tokens: number; at: number } }, void, undefined> {
    yield { id: "0.1", event: { type: "turn-end", ...outcome, tokens: 0, at: input.at } };
  }
  return { turnId: input.turnId, sessionId: input.sessionId, isRepeat: true, isCommand: false, outcome: Promise.resolve(outcome), events };
}

function toHandle(turn: LiveTurn, isRepeat: boolean): TurnHandle {
  const { turnId, sessionId, stream } = turn;
  return { turnId, sessionId, isRepeat, isCommand: false, outcome: stream.outcome, events: stream.read };
}

/** Whatever else keeps a process from joining holds up the turn, not the message. */
function unlessHeld(error: unknown): undefined {
  if (isOmniError(error) && error.code === "home.held") throw error;
}
