import type { TurnInput, TurnOutcome, TurnStatus } from "./turn.ts";

/** A turn as the store keeps it, without its events. */
export interface TurnRecord {
  readonly input: TurnInput;
  readonly status: TurnStatus;
  /** The instance that claimed it last, or null. */
  readonly owner: string | null;
  readonly ownerAlive: boolean;
  readonly fence: number;
  /** How often it was claimed. */
  readonly attempts: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** How it ended, or null while it has not. */
  readonly outcome: TurnOutcome | null;
}
