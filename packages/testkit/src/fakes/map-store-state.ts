import type { DurableEvent, JsonValue, OutboxRow, TurnInput, TurnOutcome, TurnStatus } from "@omni/core";
import { OmniError } from "@omni/core";

/** A turn as the map store keeps it. */
export interface MapTurn {
  readonly seq: number;
  readonly input: TurnInput;
  readonly events: DurableEvent[];
  status: TurnStatus;
  owner: string | null;
  fence: number;
  attempts: number;
  openAsks: number;
  startedAt: number | null;
  endedAt: number | null;
  outcome: TurnOutcome | null;
  tokens: number;
  /** Its number among the ended turns of its session, from 1; 0 while it has not ended. */
  endedNumber: number;
}

/** A session as the map store keeps it. */
export interface MapSession {
  readonly createdAt: number;
  updatedAt: number;
  activity: number;
  totalTurns: number;
  totalToolCalls: number;
  releasedThrough: number;
}

/** A document as the map store keeps it. */
export interface MapDocument {
  readonly kind: string;
  readonly id: string;
  readonly value: JsonValue;
  readonly version: number;
}

/** Everything a place holds; shared by the stores that are open on it. */
export interface MapStoreState {
  readonly turns: Map<string, MapTurn>;
  readonly sessions: Map<string, MapSession>;
  /** Turn id by channel and platform id. */
  readonly inbox: Map<string, string>;
  /** By principal and key. */
  readonly keys: Map<string, { readonly bodyHash: string; readonly turnId: string }>;
  readonly outbox: Map<string, { row: OutboxRow; sender: string | null }>;
  readonly texts: Map<string, { readonly sessionId: string; readonly text: string }>;
  readonly documents: Map<string, MapDocument>;
  readonly alive: Set<string>;
  readonly locks: Map<string, { readonly holder: JsonValue }>;
  readonly tombstones: { readonly sessionId: string; readonly at: number }[];
  /** The next number; used for order, ids and versions alike. */
  next(): number;
}

/** An empty place. */
export function createMapStoreState(): MapStoreState {
  let count = 0;
  return {
    turns: new Map(),
    sessions: new Map(),
    inbox: new Map(),
    keys: new Map(),
    outbox: new Map(),
    texts: new Map(),
    documents: new Map(),
    alive: new Set(),
    locks: new Map(),
    tombstones: [],
    next: () => ++count,
  };
}

/** Two texts as one map key; no two pairs meet. */
export function toPairKey(first: string, second: string): string {
  return JSON.stringify([first, second]);
}

/** The turns of a session in order of acceptance. */
export function turnsOf(state: MapStoreState, sessionId: string): readonly MapTurn[] {
  return [...state.turns.values()].filter((turn) => turn.input.sessionId === sessionId);
}

/** The turn of this id. */
export function needTurn(state: MapStoreState, turnId: string): MapTurn {
  const turn = state.turns.get(turnId);
  if (turn === undefined) throw new OmniError("turn.not-found", `The turn ${turnId} is not in the store.`);
  return turn;
}
