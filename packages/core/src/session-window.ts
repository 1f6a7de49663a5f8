/** One turn of a session, as the window keeps it: numbers and a reference, never content. */
export interface TurnSlot {
  readonly turnId: string;
  /** Where the store keeps the turn's content. */
  readonly checkpointId: string;
  readonly toolCalls: number;
  /** Tokens the turn takes in a prompt. */
  readonly tokens: number;
  /** When it ended, Unix milliseconds. */
  readonly at: number;
}

/** Totals only grow over the life of a session; `used` and `tokens` speak of the slots now held. */
export interface WindowStats {
  readonly totalTurns: number;
  readonly totalToolCalls: number;
  readonly used: number;
  /** Slots it can hold; `Infinity` where there is no bound. */
  readonly capacity: number;
  readonly tokens: number;
}

/** What the store knows of a session when its window is opened. */
export interface WindowState {
  readonly totalTurns: number;
  readonly totalToolCalls: number;
  /** The newest slots, oldest first, without released ones. */
  readonly slots: readonly TurnSlot[];
}

/**
 * Which turns of one session the model may see.
 *
 * Obligations of an implementer: `append` is O(1); `recent(n)` costs O(n)
 * whatever the history; a slot is appended once per turn id (a repeat changes
 * nothing); totals never fall, not by the end of a ring, nor by `release`,
 * nor by reopening with the state the store kept.
 */
export interface SessionWindow {
  append(slot: TurnSlot): void;
  /** The newest slots, oldest first, at most `limit`. */
  recent(limit: number): readonly TurnSlot[];
  /** The oldest slots still held, oldest first, at most `limit`. */
  oldest(limit: number): readonly TurnSlot[];
  /** Lets go of every slot up to and including this turn; unknown ids release nothing. */
  release(throughTurnId: string): void;
  stats(): WindowStats;
}

/** Makes one window a session. */
export interface SessionWindows {
  /** How many slots the store should hand to `open`; `Infinity` for all. */
  readonly capacity: number;
  /** Slots held at which the oldest are due for consolidation; absent where the window never asks for one. */
  readonly consolidateAt?: number;
  /** Turns one consolidation takes. */
  readonly consolidateBatch?: number;
  open(sessionId: string, state: WindowState): SessionWindow;
}
