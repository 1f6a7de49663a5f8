import type { AskEvent, Principal, TurnOutcome } from "@omni/core";
import type { IncomingMessage, Reply } from "@omni/runtime";
import type { ShownLiveEvent } from "./shown-event.ts";

/** What a person is shown of an ask. */
export type ShownAsk = Pick<AskEvent, "askId" | "kind" | "tool" | "arguments" | "reason" | "question" | "choices">;

/** An ask that waits for an answer. */
export interface WaitingAsk {
  readonly ask: ShownAsk;
  readonly turnId: string;
}

/** A turn that was taken. */
export interface SubmittedTurn {
  readonly turnId: string;
  readonly sessionId: string;
  /** Resolves with its end; rejects when that cannot be waited for here. */
  readonly outcome: Promise<TurnOutcome>;
  /** What happens, from the beginning; ends with the turn, or when the signal is aborted. */
  events(afterId?: string, signal?: AbortSignal): AsyncIterable<ShownLiveEvent>;
}

/**
 * Where a command has its turns run. A runtime of this process is one as it
 * is; `createJoinedTurns` makes one of the gateway of the home.
 */
export interface TurnService {
  /** Takes a message; see `Runtime.submit`. */
  submit(message: IncomingMessage): Promise<SubmittedTurn>;
  /** Stops a turn; false when it could not be. */
  cancel(turnId: string): Promise<boolean>;
  asks(): readonly WaitingAsk[];
  /** Subscribes to asks that open or close; returns how to unsubscribe. */
  onAsks(changed: () => void): () => void;
  /** Throws `ask.not-found` for one that is closed. */
  answer(askId: string, reply: Reply, principal: Principal): Promise<void>;
}
