import type { SessionRecord, Store, TurnRecord, TurnSlot } from "@omni/core";
import type { MapSession, MapStoreState, MapTurn } from "./map-store-state.ts";
import { turnsOf } from "./map-store-state.ts";

type Reads = Pick<Store, "turn" | "events" | "turns" | "unfinished" | "session" | "sessions" | "slots" | "oldestSlots" | "release">;

/** Reads of turns and sessions, and release. */
export function createMapReads(state: MapStoreState): Reads {
  const toRecord = (turn: MapTurn): TurnRecord => toTurnRecord(state, turn);
  const heldOf = (sessionId: string): readonly MapTurn[] => toHeld(turnsOf(state, sessionId), state.sessions.get(sessionId)?.releasedThrough ?? 0);
  return {
    async turn(turnId) {
      const turn = state.turns.get(turnId);
      return turn === undefined ? undefined : toRecord(turn);
    },
    events: async (turnId) => structuredClone(state.turns.get(turnId)?.events ?? []),
    async turns(sessionId, { limit, before }) {
      const all = turnsOf(state, sessionId).toReversed();
      const from = before === undefined ? 0 : all.findIndex((turn) => turn.input.turnId === before) + 1;
      return before !== undefined && from === 0 ? [] : all.slice(from, from + limit).map(toRecord);
    },
    async unfinished(sessionId) {
      const turns = sessionId === undefined ? [...state.turns.values()] : turnsOf(state, sessionId);
      return turns.filter((turn) => turn.endedAt === null).map(toRecord);
    },
    async session(sessionId) {
      const session = state.sessions.get(sessionId);
      return session === undefined ? undefined : toSessionRecord(state, sessionId, session);
    },
    async sessions({ limit, offset = 0 }) {
      const latest = [...state.sessions].sort(([, left], [, right]) => right.activity - left.activity);
      return latest.slice(offset, offset + limit).map(([id, session]) => toSessionRecord(state, id, session));
    },
    async slots(sessionId, limit) {
      const held = heldOf(sessionId);
      return held.slice(Math.max(0, held.length - limit)).map(toSlot);
    },
    oldestSlots: async (sessionId, limit) => heldOf(sessionId).slice(0, limit).map(toSlot),
    async release(sessionId, throughTurnId) {
      const session = state.sessions.get(sessionId);
      const turn = state.turns.get(throughTurnId);
      if (session === undefined || turn?.input.sessionId !== sessionId) return;
      session.releasedThrough = Math.max(session.releasedThrough, turn.endedNumber);
    },
  };
}

function toTurnRecord(state: MapStoreState, turn: MapTurn): TurnRecord {
  const { input, status, owner, fence, attempts, startedAt, endedAt, outcome } = turn;
  return structuredClone({ input, status, owner, ownerAlive: owner !== null && state.alive.has(owner), fence, attempts, startedAt, endedAt, outcome });
}

function toSessionRecord(state: MapStoreState, sessionId: string, session: MapSession): SessionRecord {
  const { totalTurns, totalToolCalls, createdAt, updatedAt } = session;
  const turns = turnsOf(state, sessionId);
  const newest = toHeld(turns, session.releasedThrough).at(-1);
  return { sessionId, totalTurns, totalToolCalls, openTurns: turns.filter((turn) => turn.endedAt === null).length, newestTurnId: newest?.input.turnId ?? null, createdAt, updatedAt };
}

/** Turns that are given as slots, oldest first. */
function toHeld(turns: readonly MapTurn[], releasedThrough: number): readonly MapTurn[] {
  return turns.filter((turn) => turn.endedNumber > releasedThrough).sort((left, right) => left.endedNumber - right.endedNumber);
}

function toSlot(turn: MapTurn): TurnSlot {
  const { turnId } = turn.input;
  return { turnId, checkpointId: turnId, toolCalls: turn.outcome?.toolCalls.length ?? 0, tokens: turn.tokens, at: turn.endedAt ?? 0 };
}
