import type { Clock, Instance, Principal, Random, Store, TurnInput, TurnOutcome } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { IncomingMessage, TurnHandle } from "./runtime.ts";
import type { RunnerParts } from "./turn-runner.ts";
import type { SessionQueues } from "./session-queues.ts";
import type { TurnStream } from "./turn-stream.ts";
import { checkMessage } from "./check-message.ts";
import { createTurnStream } from "./turn-stream.ts";
import { runToEnd } from "./turn-runner.ts";
import { toEntrance, toSessionId } from "./session-id.ts";

/** Most turns that may wait in one session. */
const queueLimit = 1_000;

/** Most ended turns whose live events are kept for readers that come back. */
const mostEnded = 256;

/** What the dispatcher works with. */
export interface DispatcherParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly queues: SessionQueues;
  readonly runner: RunnerParts;
  /** Fills in what a message does not bring. Throws `workspace.not-found`. */
  complete(message: IncomingMessage, identity: { readonly turnId: string; readonly sessionId: string }): Promise<TurnInput>;
}

/** Takes messages in and brings each to its end, in order within a session. */
export interface Dispatcher {
  submit(message: IncomingMessage): Promise<TurnHandle>;
  follow(turnId: string): TurnHandle | undefined;
  cancel(turnId: string): Promise<boolean>;
  recover(): Promise<number>;
  /** No new messages from now on. */
  refuse(): void;
  /** Ends these turns, or all that run, without ending them in the record. */
  park(turnIds?: readonly string[]): void;
}

interface Live {
  readonly turnId: string;
  readonly sessionId: string;
  readonly stream: TurnStream;
  readonly life: AbortController;
  ended: boolean;
}

/** Makes a dispatcher. */
export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const live = new Map<string, Live>();
  let isRefusing = false;

  const begin = (turnId: string, sessionId: string): Live => {
    const known = live.get(turnId);
    if (known !== undefined) return known;
    const turn: Live = { turnId, sessionId, stream: createTurnStream(), life: new AbortController(), ended: false };
    live.set(turnId, turn);
    void parts.queues.run(sessionId, () => bringToEnd(turn, parts)).then(() => {
      turn.ended = true;
      forgetOldest(live);
    });
    return turn;
  };

  return {
    async submit(message) {
      if (isRefusing) throw new OmniError("gateway.draining", "Omni is stopping and takes no new messages; try again in a moment.", { retryable: true, retryAfterMs: 2_000 });
      checkMessage(message.text, (message.attachments?.length ?? 0) > 0);
      const sessionId = toSessionId(message.sessionId, message.origin);
      checkSessionOwner(sessionId, message.origin, message.principal);
      const turnId = parts.random.id();
      const input = await parts.complete(message, { turnId, sessionId });
      const accepted = await parts.store.accept({
        input,
        channel: message.origin,
        platformId: message.platformId ?? turnId,
        ...(message.idempotency === undefined ? {} : { idempotency: message.idempotency }),
        queueLimit,
      });
      switch (accepted.result) {
        case "accepted":
          return toHandle(begin(turnId, sessionId), false);
        case "existing":
          return live.has(accepted.turnId) ? toHandle(begin(accepted.turnId, sessionId), true) : recorded(accepted.turnId, parts, begin);
        case "conflict":
          throw new OmniError("request.mismatch", "This idempotency key was used before with another message; use a new key.");
        case "full":
          throw new OmniError("session.full", `${accepted.queued} messages wait in this session already; wait for answers first.`, { retryable: true, retryAfterMs: 5_000 });
      }
    },
    follow(turnId) {
      const turn = live.get(turnId);
      return turn === undefined ? undefined : toHandle(turn, true);
    },
    async cancel(turnId) {
      const turn = live.get(turnId);
      // One that waits behind others ends here and now, not when its time would have come.
      if (await parts.store.cancelQueued(turnId, parts.clock.now())) {
        const outcome = (await parts.store.turn(turnId))?.outcome;
        if (outcome != null) turn?.stream.end(outcome);
        return true;
      }
      if (turn === undefined || turn.ended) return false;
      turn.life.abort(new OmniError("turn.cancelled", "The turn was cancelled."));
      return true;
    },
    async recover() {
      const left = (await parts.store.unfinished()).filter((record) => !record.ownerAlive);
      for (const record of left) begin(record.input.turnId, record.input.sessionId);
      return left.length;
    },
    refuse() {
      isRefusing = true;
    },
    park(turnIds = [...live.keys()]) {
      const reason = new OmniError("gateway.draining", "Omni is stopping; the turn goes on at the next start.", { retryable: true });
      for (const turn of turnIds.map((turnId) => live.get(turnId))) if (turn?.ended === false) turn.life.abort(reason);
    },
  };
}

async function bringToEnd(turn: Live, parts: DispatcherParts): Promise<void> {
  try {
    const outcome = await runToEnd({ turnId: turn.turnId, stream: turn.stream, signal: turn.life.signal }, parts.runner);
    turn.stream.end(outcome ?? new OmniError("gateway.draining", "Omni is stopping; the turn goes on at the next start.", { retryable: true }));
  } catch (error) {
    const told = toOmniError(error);
    parts.runner.log.error("a turn could not be brought to its end", { turnId: turn.turnId, code: told.code, message: told.message });
    turn.stream.end(told);
  }
}

/** A turn that was accepted before and is not live here: its recorded end, or its run taken up. */
async function recorded(turnId: string, parts: DispatcherParts, begin: (turnId: string, sessionId: string) => Live): Promise<TurnHandle> {
  const record = await parts.store.turn(turnId);
  if (record === undefined) throw new OmniError("turn.not-found", `The turn ${turnId} has gone from the store.`);
  if (record.outcome === null) return toHandle(begin(turnId, record.input.sessionId), true);
  return toEndedHandle(record.input, record.outcome);
}

/** A handle on a turn that has ended: its outcome, and the one event that matters. */
export function toEndedHandle(input: TurnInput, outcome: TurnOutcome): TurnHandle {
  async function* events(): AsyncGenerator<{ id: string; event: { type: "turn-end" } & TurnOutcome & { tokens: number; at: number } }, void, undefined> {
    yield { id: "0.1", event: { type: "turn-end", ...outcome, tokens: 0, at: input.at } };
  }
  return { turnId: input.turnId, sessionId: input.sessionId, isRepeat: true, outcome: Promise.resolve(outcome), events };
}

function toHandle(turn: Live, isRepeat: boolean): TurnHandle {
  const { turnId, sessionId, stream } = turn;
  return { turnId, sessionId, isRepeat, outcome: stream.outcome, events: stream.read };
}

function forgetOldest(live: Map<string, Live>): void {
  if (live.size <= mostEnded) return;
  for (const turn of live.values()) {
    if (!turn.ended) continue;
    live.delete(turn.turnId);
    if (live.size <= mostEnded) return;
  }
}

/** Another entrance's session takes scope `admin`, which the owner of the home has. */
function checkSessionOwner(sessionId: string, origin: string, principal: Principal): void {
  if (toEntrance(sessionId) === origin || principal.scopes.includes("admin")) return;
  throw new OmniError("session.foreign", `The session ${JSON.stringify(sessionId)} belongs to another entrance; it takes scope admin.`);
}

/** Registers this process with the store when it first needs to own something. */
export function createLazyInstance(store: Store, info: { readonly kind: string; readonly pid: number }): { get(): Promise<Instance>; leave(): Promise<void> } {
  let joined: Promise<Instance> | undefined;
  return {
    get: () => (joined ??= store.join(info)),
    leave: async () => (await joined)?.leave(),
  };
}
