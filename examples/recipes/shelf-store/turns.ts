import type { AcceptResult, ClaimResult, DurableEvent, HeldTurn, NewTurn, OutboxRow, Store, TurnEndEvent } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Book, KeptSession, KeptTurn } from "./book.ts";
import { isAlive, needTurn, turnsOf } from "./book.ts";
import type { Ledger } from "./ledger.ts";
import type { Life } from "./life.ts";

/** Taking in, owning and writing turns. */
export function createTurns(ledger: Ledger, life: Life): Pick<Store, "accept" | "claim" | "append" | "cancelQueued"> {
  return {
    accept(given) {
      const turn = structuredClone(given);
      return ledger.change((book, now) => accept(book, turn, now));
    },
    claim: (turnId, instanceId) => ledger.change((book, now) => claim(needTurn(book, turnId), instanceId, { book, now })),
    append(turnId, fence, events, outbox = []) {
      const given = structuredClone({ events, outbox });
      return ledger.change((book, now) => {
        const turn = needTurn(book, turnId);
        if (turn.endedAt !== null || turn.status === "queued" || turn.fence !== fence) throw new OmniError("store.fenced", `The turn ${turnId} is not held under fence ${fence}.`);
        checkBatch(book, given.events, given.outbox);
        write(book, turn, given.events, now);
        for (const row of given.outbox) book.outbox.push({ row, sender: row.state === "sending" ? life.sender(book, now) : null });
      });
    },
    cancelQueued: (turnId, at) =>
      ledger.change((book, now) => {
        const turn = book.turns.find(({ input }) => input.turnId === turnId);
        if (turn?.status !== "queued") return false;
        write(book, turn, [toCancelled(turn, at)], now);
        return true;
      }),
  };
}

function accept(book: Book, { input, channel, platformId, idempotency, queueLimit }: NewTurn, now: number): AcceptResult {
  const { turnId, sessionId, principal } = input;
  const seen = book.inbox.find((each) => each.channel === channel && each.platformId === platformId);
  if (seen !== undefined) return { result: "existing", turnId: seen.turnId };
  const keyed = idempotency === undefined ? undefined : book.keys.find(({ principal: id, key }) => id === principal.id && key === idempotency.key);
  if (keyed !== undefined) return { result: keyed.bodyHash === idempotency?.bodyHash ? "existing" : "conflict", turnId: keyed.turnId };
  const queued = turnsOf(book, sessionId).filter(({ status }) => status === "queued").length;
  if (queued >= queueLimit) return { result: "full", queued };
  if (book.turns.some((turn) => turn.input.turnId === turnId)) throw new OmniError("store.failed", `The turn ${turnId} is there already.`);
  touch(book, sessionId, now);
  book.turns.push({ input, events: [], status: "queued", owner: null, fence: 0, attempts: 0, openAsks: 0, startedAt: null, endedAt: null, outcome: null, tokens: 0, ended: 0 });
  book.inbox.push({ channel, platformId, turnId });
  if (idempotency !== undefined) book.keys.push({ principal: principal.id, ...idempotency, turnId });
  return { result: "accepted", turnId };
}

function claim(turn: KeptTurn, instanceId: string, { book, now }: { readonly book: Book; readonly now: number }): ClaimResult {
  if (turn.endedAt !== null) return { result: "ended" };
  const first = turnsOf(book, turn.input.sessionId).find(({ endedAt }) => endedAt === null);
  if (first !== undefined && first !== turn) return { result: "behind", turnId: first.input.turnId, ownerAlive: isAlive(book, first.owner, now) };
  if (turn.owner !== null && isAlive(book, turn.owner, now)) return { result: "owned", owner: turn.owner, ...(turn.owner === instanceId ? { held: toHeld(turn) } : {}) };
  if (!isAlive(book, instanceId, now)) throw new OmniError("store.failed", `The instance ${instanceId} has not joined, or has left.`);
  turn.owner = instanceId;
  turn.fence += 1;
  turn.attempts += 1;
  turn.status = "running";
  turn.openAsks = 0;
  turn.startedAt ??= now;
  return { result: "claimed", ...toHeld(turn) };
}

function toHeld({ input, fence, attempts, events }: KeptTurn): HeldTurn {
  return { input, fence, attempt: attempts, events };
}

function checkBatch(book: Book, events: readonly DurableEvent[], outbox: readonly OutboxRow[]): void {
  if (events.slice(0, -1).some(({ type }) => type === "turn-end")) throw new OmniError("store.failed", "Events follow a turn-end in one call; nothing of it was written.");
  const ids = [...book.outbox.map(({ row }) => row.id), ...outbox.map(({ id }) => id)];
  if (new Set(ids).size < ids.length) throw new OmniError("store.failed", "An outbox row of this id is there already; nothing of the call was written.");
}

function write(book: Book, turn: KeptTurn, events: readonly DurableEvent[], now: number): void {
  turn.events.push(...events);
  for (const event of events) {
    if (event.type === "ask") turn.openAsks += 1;
    if (event.type === "answer") turn.openAsks = Math.max(0, turn.openAsks - 1);
    if (event.type === "ask" || event.type === "answer") turn.status = turn.openAsks > 0 ? "waiting" : "running";
    if (event.type === "turn-end") end(turn, event, touch(book, turn.input.sessionId, now));
  }
}

function end(turn: KeptTurn, { type: _type, tokens, at, ...outcome }: TurnEndEvent, session: KeptSession): void {
  session.totalTurns += 1;
  session.totalToolCalls += outcome.toolCalls.length;
  Object.assign(turn, { status: outcome.status, outcome, endedAt: at, tokens, ended: session.totalTurns });
}

/** The session, made where there is none, and now the latest. */
function touch(book: Book, sessionId: string, now: number): KeptSession {
  const known = book.sessions.find((each) => each.sessionId === sessionId);
  const session = known ?? { sessionId, createdAt: now, updatedAt: now, activity: 0, totalTurns: 0, totalToolCalls: 0, released: 0 };
  if (known === undefined) book.sessions.push(session);
  session.activity = book.count += 1;
  session.updatedAt = Math.max(session.updatedAt, now);
  return session;
}

function toCancelled({ input: { sessionId, turnId } }: KeptTurn, at: number): TurnEndEvent {
  const error = { code: "turn.cancelled", message: "The turn was cancelled before it began." } as const;
  return { type: "turn-end", status: "cancelled", sessionId, turnId, output: "", rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error, tokens: 0, at };
}
