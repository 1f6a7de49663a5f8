import type { SessionRecord, Store, TurnRecord, TurnSlot } from "@omni/core";
import type { Book, KeptSession, KeptTurn } from "./book.ts";
import { isAlive, turnsOf } from "./book.ts";
import type { Ledger } from "./ledger.ts";

/** Reads of turns and sessions, and their release. */
export function createReads(ledger: Ledger): Pick<Store, "turn" | "events" | "turns" | "unfinished" | "session" | "sessions" | "slots" | "oldestSlots" | "release"> {
  const find = (book: Book, turnId: string): KeptTurn | undefined => book.turns.find(({ input }) => input.turnId === turnId);
  const heldIn = (book: Book, sessionId: string): readonly KeptTurn[] => toHeld(turnsOf(book, sessionId), book.sessions.find((each) => each.sessionId === sessionId)?.released ?? 0);
  return {
    turn: (turnId) =>
      ledger.read((book, now) => {
        const turn = find(book, turnId);
        return turn === undefined ? undefined : toTurnRecord(turn, book, now);
      }),
    events: (turnId) => ledger.read((book) => find(book, turnId)?.events ?? []),
    turns: (sessionId, { limit, before }) =>
      ledger.read((book, now) => {
        const all = turnsOf(book, sessionId).toReversed();
        const place = all.findIndex(({ input }) => input.turnId === before);
        if (before !== undefined && place === -1) return [];
        return all.slice(place + 1, place + 1 + limit).map((turn) => toTurnRecord(turn, book, now));
      }),
    unfinished: (sessionId) =>
      ledger.read((book, now) => (sessionId === undefined ? book.turns : turnsOf(book, sessionId)).filter(({ endedAt }) => endedAt === null).map((turn) => toTurnRecord(turn, book, now))),
    session: (sessionId) =>
      ledger.read((book) => {
        const session = book.sessions.find((each) => each.sessionId === sessionId);
        return session === undefined ? undefined : toSessionRecord(session, book);
      }),
    sessions: ({ limit, offset = 0 }) =>
      ledger.read((book) =>
        book.sessions
          .toSorted((left, right) => right.activity - left.activity)
          .slice(offset, offset + limit)
          .map((session) => toSessionRecord(session, book)),
      ),
    slots: (sessionId, limit) =>
      ledger.read((book) => {
        const held = heldIn(book, sessionId);
        return held.slice(Math.max(0, held.length - limit)).map(toSlot);
      }),
    oldestSlots: (sessionId, limit) => ledger.read((book) => heldIn(book, sessionId).slice(0, limit).map(toSlot)),
    release: (sessionId, throughTurnId) =>
      ledger.change((book) => {
        const session = book.sessions.find((each) => each.sessionId === sessionId);
        const turn = find(book, throughTurnId);
        if (session !== undefined && turn?.input.sessionId === sessionId) session.released = Math.max(session.released, turn.ended);
      }),
  };
}

function toTurnRecord({ input, status, owner, fence, attempts, startedAt, endedAt, outcome }: KeptTurn, book: Book, now: number): TurnRecord {
  return { input, status, owner, ownerAlive: isAlive(book, owner, now), fence, attempts, startedAt, endedAt, outcome };
}

/** Turns that are given as slots, oldest first. */
function toHeld(turns: readonly KeptTurn[], released: number): readonly KeptTurn[] {
  return turns.filter(({ ended }) => ended > released).toSorted((left, right) => left.ended - right.ended);
}

function toSessionRecord({ sessionId, totalTurns, totalToolCalls, released, createdAt, updatedAt }: KeptSession, book: Book): SessionRecord {
  const turns = turnsOf(book, sessionId);
  const newest = toHeld(turns, released).at(-1);
  return { sessionId, totalTurns, totalToolCalls, openTurns: turns.filter(({ endedAt }) => endedAt === null).length, newestTurnId: newest?.input.turnId ?? null, createdAt, updatedAt };
}

function toSlot({ input: { turnId }, outcome, tokens, endedAt }: KeptTurn): TurnSlot {
  return { turnId, checkpointId: turnId, toolCalls: outcome?.toolCalls.length ?? 0, tokens, at: endedAt ?? 0 };
}
