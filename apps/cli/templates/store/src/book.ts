import type { DurableEvent, JsonValue, OutboxRow, TurnInput, TurnOutcome, TurnStatus } from "@omni/core";
import { OmniError } from "@omni/core";

/** A turn with everything that happened in it. */
export interface KeptTurn {
  input: TurnInput;
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
  ended: number;
}

/** A session's numbers. */
export interface KeptSession {
  readonly sessionId: string;
  readonly createdAt: number;
  updatedAt: number;
  /** The higher, the later something happened in it. */
  activity: number;
  totalTurns: number;
  totalToolCalls: number;
  /** Ended turns up to this number are released. */
  released: number;
}

/** Everything the store knows, as one JSON text. The lists are in order of making. */
export interface Book {
  readonly format: 1;
  /** The last number that was given: order, ids and versions come from it, so none comes twice. */
  count: number;
  turns: KeptTurn[];
  sessions: KeptSession[];
  inbox: { readonly channel: string; readonly platformId: string; readonly turnId: string }[];
  keys: { readonly principal: string; readonly key: string; readonly bodyHash: string; readonly turnId: string }[];
  outbox: { row: OutboxRow; sender: string | null }[];
  texts: { readonly id: string; readonly sessionId: string; readonly text: string }[];
  documents: { readonly kind: string; readonly id: string; value: JsonValue; version: number }[];
  /** Open stores, each alive until its time, Unix milliseconds. */
  openings: { readonly id: string; until: number }[];
  instances: { readonly id: string; readonly opening: string }[];
  locks: { readonly id: string; readonly name: string; readonly holder: JsonValue; readonly opening: string }[];
  /** What is left of erased sessions. */
  tombstones: { readonly sessionId: string; readonly at: number; readonly turns: number; readonly hash: string }[];
}

/** A book in which nothing stands. */
export function createBook(): Book {
  return { format: 1, count: 0, turns: [], sessions: [], inbox: [], keys: [], outbox: [], texts: [], documents: [], openings: [], instances: [], locks: [], tombstones: [] };
}

/** Reads a book. Throws `store.corrupt` or `store.newer`; what lies on the shelf stays as it is. */
export function toBook(text: string): Book {
  const book = parse(text);
  if (book === undefined) throw new OmniError("store.corrupt", "The record on the shelf is damaged. It was left as it is; put an earlier copy in its place.");
  if (book.format !== 1) throw new OmniError("store.newer", `The record has format ${String(book.format)} and this store reads 1. Use a newer store.`);
  // JSON has no endless number: where a limit may be endless it is written as null.
  for (const turn of book.turns) if (turn.input.limits !== undefined) turn.input = { ...turn.input, limits: Object.fromEntries(Object.entries(turn.input.limits).map(([name, limit]) => [name, limit ?? Number.POSITIVE_INFINITY])) };
  return book;
}

/** The book in a text; undefined where there is none. The lists of a later format may be others. */
function parse(text: string): Book | undefined {
  try {
    const book: Book = JSON.parse(text);
    return Number.isInteger(book.format) && (book.format !== 1 || Array.isArray(book.turns)) ? book : undefined;
  } catch {
    return undefined;
  }
}

/** The turn of this id. Throws `turn.not-found`. */
export function needTurn(book: Book, turnId: string): KeptTurn {
  const turn = book.turns.find(({ input }) => input.turnId === turnId);
  if (turn === undefined) throw new OmniError("turn.not-found", `The turn ${turnId} is not in the store.`);
  return turn;
}

/** The turns of a session, in order of acceptance. */
export function turnsOf(book: Book, sessionId: string): readonly KeptTurn[] {
  return book.turns.filter(({ input }) => input.sessionId === sessionId);
}

/** True while the process of an instance is known to live. */
export function isAlive(book: Book, instanceId: string | null, now: number): boolean {
  const instance = book.instances.find(({ id }) => id === instanceId);
  return instance !== undefined && book.openings.some(({ id, until }) => id === instance.opening && until > now);
}
