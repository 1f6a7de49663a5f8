import type { DurableEvent } from "./agent-event.ts";
import type { JsonValue } from "./json.ts";
import type { OutboxRow } from "./outbox.ts";
import type { SessionRecord } from "./session-record.ts";
import type { TurnInput } from "./turn.ts";
import type { TurnRecord } from "./turn-record.ts";
import type { TurnSlot } from "./session-window.ts";

/** A process that may own turns. It lives as long as its operating-system lock (or its lease on a shared server). */
export interface Instance {
  readonly id: string;
  /** Gives up the lock; turns it still owns may then be claimed by others. Idempotent. */
  leave(): Promise<void>;
}

/** A named lock held for life, with who holds it when it is taken. */
export type LockResult =
  | { readonly held: true; release(): Promise<void> }
  | { readonly held: false; readonly holder: JsonValue };

/** What came in, and how a second delivery of it is recognised. */
export interface NewTurn {
  readonly input: TurnInput;
  /** `(channel, platformId)` is unique. */
  readonly channel: string;
  readonly platformId: string;
  /** A client's key: unique per principal, bound to the hash of the body it came with. */
  readonly idempotency?: { readonly key: string; readonly bodyHash: string };
  /** Most turns that may wait in the session; more are refused. */
  readonly queueLimit: number;
}

/** `existing`: this very message is already there. `conflict`: the key came with another body. `full`: the session's queue is full. */
export type AcceptResult =
  | { readonly result: "accepted"; readonly turnId: string }
  | { readonly result: "existing"; readonly turnId: string }
  | { readonly result: "conflict"; readonly turnId: string }
  | { readonly result: "full"; readonly queued: number };

/** A turn as its owner holds it. */
export interface HeldTurn {
  readonly input: TurnInput;
  readonly fence: number;
  readonly attempt: number;
  /** Everything recorded so far. */
  readonly events: readonly DurableEvent[];
}

/**
 * `claimed`: the turn is the caller's under this fence. `behind`: an earlier
 * turn of the session has not ended. `owned`: a living instance has it; where
 * that is the caller itself, `held` is what it holds, since the answer of its
 * claim may have been lost. `ended`: nothing to do.
 */
export type ClaimResult =
  | ({ readonly result: "claimed" } & HeldTurn)
  | { readonly result: "behind"; readonly turnId: string; readonly ownerAlive: boolean }
  | { readonly result: "owned"; readonly owner: string; readonly held?: HeldTurn }
  | { readonly result: "ended" };

/** How a store is. */
export interface StoreHealth {
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * The append-only record of sessions, turns, inbox and outbox. It may be
 * shared by several processes, or by several machines: nothing above assumes one.
 *
 * Obligations of an implementer:
 * - Everything that resolves is durable: it survives `kill -9` and power loss.
 *   What may be lost with the power: a claim, since its owner is lost too; a
 *   kept text that nothing written later points at; an append of nothing but
 *   events that `mayBeLostWithPower`. Any other write takes along to the disk
 *   all that was written before it.
 * - `accept` writes inbox and turn in one transaction. Order of acceptance in a session is order of running.
 * - `claim` gives a turn to one instance only, when every earlier turn of its
 *   session has ended and its former owner is dead; each claim raises the fence.
 * - `append` under an old fence rejects with `store.fenced` and writes nothing.
 *   Events of one call are one transaction, in order; a `turn-end` among them
 *   closes the turn, adds to the session's totals and writes the outbox rows, all in it.
 * - No lock and no transaction is held between calls.
 * - Two different ids never meet: ids are compared as exact strings.
 * - Errors: `store.full` (no space, or a disk that refuses: nothing was promised, a later
 *   try may succeed), `store.busy`, `store.corrupt`, `store.newer`, `store.failed`.
 */
export interface Store {
  /** Registers this process. `info` is shown to people (`pid`, `kind`). */
  join(info: { readonly kind: string; readonly pid: number }): Promise<Instance>;
  isAlive(instanceId: string): Promise<boolean>;
  /** Takes a named lock of this home, or says who has it. A dead holder's lock is free at once. */
  lock(name: string, info: JsonValue): Promise<LockResult>;

  accept(turn: NewTurn): Promise<AcceptResult>;
  claim(turnId: string, instanceId: string): Promise<ClaimResult>;
  append(turnId: string, fence: number, events: readonly DurableEvent[], outbox?: readonly OutboxRow[]): Promise<void>;
  /** Ends a turn that has not been claimed; false when it has been. */
  cancelQueued(turnId: string, at: number): Promise<boolean>;

  turn(turnId: string): Promise<TurnRecord | undefined>;
  events(turnId: string): Promise<readonly DurableEvent[]>;
  /** Turns of a session, newest first. */
  turns(sessionId: string, options: { readonly limit: number; readonly before?: string }): Promise<readonly TurnRecord[]>;
  /** Turns that have not ended, in order of acceptance; of one session when it is named. */
  unfinished(sessionId?: string): Promise<readonly TurnRecord[]>;

  session(sessionId: string): Promise<SessionRecord | undefined>;
  /** Sessions, latest first. */
  sessions(options: { readonly limit: number; readonly offset?: number }): Promise<readonly SessionRecord[]>;
  /** The newest ended and unreleased turns of a session, oldest first, numbers only. */
  slots(sessionId: string, limit: number): Promise<readonly TurnSlot[]>;
  /** The oldest ended and unreleased turns of a session, oldest first, numbers only. */
  oldestSlots(sessionId: string, limit: number): Promise<readonly TurnSlot[]>;
  /** Slots up to and including this turn are not given again. The transcript stays. */
  release(sessionId: string, throughTurnId: string): Promise<void>;
  /** Erases the content of a session everywhere and leaves a tombstone with a hash. False when there was none. Rejects with `session.busy` while a turn of it runs. */
  deleteSession(sessionId: string, at: number): Promise<boolean>;

  /**
   * Rows to deliver for a channel, in order: `pending` ones, and `sending` ones
   * of dead owners as `unknown`. Rows of the conversations that are left out
   * are passed over and count toward no limit. There may be tens of thousands
   * of these, so passing one over must cost less than giving it.
   */
  outbox(channel: string, limit: number, leftOut?: readonly string[]): Promise<readonly OutboxRow[]>;
  /** Writes what becomes of a row. With `ifAttempts` it fails (false) where its attempts are others by now: another sender has taken it. */
  updateOutbox(id: string, change: Pick<OutboxRow, "state" | "receipt" | "attempts">, ifAttempts?: number): Promise<boolean>;

  /** Keeps a long text and returns its checkpoint id. */
  putText(sessionId: string, turnId: string, text: string): Promise<string>;
  /** A range of a kept text in UTF-16 units, with its whole length; undefined when unknown or of another session. */
  readText(sessionId: string, checkpointId: string, range: { readonly offset: number; readonly limit: number }): Promise<{ readonly text: string; readonly length: number } | undefined>;

  /** Small named documents: tokens, pairings, rules. `put` with `ifVersion` fails (false) when another was faster; version 0 means absent. */
  getDocument(kind: string, id: string): Promise<{ readonly value: JsonValue; readonly version: number } | undefined>;
  putDocument(kind: string, id: string, value: JsonValue, ifVersion?: number): Promise<boolean>;
  listDocuments(kind: string): Promise<readonly { readonly id: string; readonly value: JsonValue; readonly version: number }[]>;
  deleteDocument(kind: string, id: string): Promise<boolean>;

  /** Looks at integrity; slow is allowed, wrong is not. */
  check(): Promise<StoreHealth>;
  /**
   * Writes a copy of everything kept, as it is at one moment, into this
   * folder, which is absolute, there, and the caller's. A store whose state
   * folder it is, and that is made without options, is the copy. Others go on
   * reading and writing meanwhile; this process may be held up for as long as
   * reading everything takes. What was erased is not in the copy. Absent, with
   * `restore`, where what is kept is no file of this machine: a server has
   * means of its own.
   */
  backup?(folder: string): Promise<void>;
  /**
   * Puts what a copy in this folder holds in the place of everything kept, in
   * one transaction: killed anywhere, it is done or it is not. Locks and who
   * holds them stay. Rejects with `home.held` while an instance lives, naming
   * its process, and with the codes of opening a store where there is no copy
   * that can be opened; then nothing was changed.
   */
  restore?(folder: string): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}
