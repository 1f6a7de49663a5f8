/** Numbers of a session. Totals count ended turns and only grow. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly totalTurns: number;
  readonly totalToolCalls: number;
  /** Turns that have not ended. */
  readonly openTurns: number;
  /** The turn of its newest slot; null where none is given. */
  readonly newestTurnId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}
