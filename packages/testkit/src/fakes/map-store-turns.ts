import type { AcceptResult, ClaimResult, Clock, DurableEvent, HeldTurn, NewTurn, OutboxRow, Store, TurnEndEvent } from "@omni/core";
import { OmniError } from "@omni/core";
import type { MapSession, MapStoreState, MapTurn } from "./map-store-state.ts";
import { needTurn, toPairKey, turnsOf } from "./map-store-state.ts";

/** Taking in, owning and writing turns. `sender` is who sends rows that come as `sending`. */
export function createMapTurns(state: MapStoreState, clock: Clock, sender: () => string): Pick<Store, "accept" | "claim" | "append" | "cancelQueued"> {
  return {
    accept: async (turn) => accept(state, structuredClone(turn), clock.now()),
    claim: async (turnId, instanceId) => claim(state, { turnId, instanceId, now: clock.now() }),
    async append(turnId, fence, events, outbox = []) {
      const turn = needTurn(state, turnId);
      if (turn.endedAt !== null || turn.status === "queued" || turn.fence !== fence) throw new OmniError("store.fenced", `The turn ${turnId} is not held under fence ${fence}.`);
      checkBatch(state, events, outbox);
      write(state, turn, structuredClone(events), clock.now());
      for (const row of structuredClone(outbox)) state.outbox.set(row.id, { row, sender: row.state === "sending" ? sender() : null });
    },
    async cancelQueued(turnId, at) {
      const turn = state.turns.get(turnId);
      if (turn?.status !== "queued") return false;
      write(state, turn, [toCancelled(turn, at)], clock.now());
      return true;
    },
  };
}

function accept(state: MapStoreState, { input, channel, platformId, idempotency, queueLimit }: NewTurn, now: number): AcceptResult {
  const seen = state.inbox.get(toPairKey(channel, platformId));
  if (seen !== undefined) return { result: "existing", turnId: seen };
  const key = idempotency === undefined ? undefined : toPairKey(input.principal.id, idempotency.key);
  const keyed = key === undefined ? undefined : state.keys.get(key);
  if (keyed !== undefined) return { result: keyed.bodyHash === idempotency?.bodyHash ? "existing" : "conflict", turnId: keyed.turnId };
  const queued = turnsOf(state, input.sessionId).filter((turn) => turn.status === "queued").length;
  if (queued >= queueLimit) return { result: "full", queued };
  if (state.turns.has(input.turnId)) throw new OmniError("store.failed", `The turn ${input.turnId} is there already.`);
  touch(state, input.sessionId, now);
  const fresh = { owner: null, fence: 0, attempts: 0, openAsks: 0, startedAt: null, endedAt: null, outcome: null, tokens: 0, endedNumber: 0 };
  state.turns.set(input.turnId, { seq: state.next(), input, events: [], status: "queued", ...fresh });
  state.inbox.set(toPairKey(channel, platformId), input.turnId);
  if (key !== undefined && idempotency !== undefined) state.keys.set(key, { bodyHash: idempotency.bodyHash, turnId: input.turnId });
  return { result: "accepted", turnId: input.turnId };
}

function claim(state: MapStoreState, { turnId, instanceId, now }: { readonly turnId: string; readonly instanceId: string; readonly now: number }): ClaimResult {
  const turn = needTurn(state, turnId);
  if (turn.endedAt !== null) return { result: "ended" };
  const ahead = turnsOf(state, turn.input.sessionId).find((each) => each.endedAt === null && each.seq < turn.seq);
  if (ahead !== undefined) return { result: "behind", turnId: ahead.input.turnId, ownerAlive: ahead.owner !== null && state.alive.has(ahead.owner) };
  if (turn.owner !== null && state.alive.has(turn.owner)) return { result: "owned", owner: turn.owner, ...(turn.owner === instanceId ? { held: toHeld(turn) } : {}) };
  if (!state.alive.has(instanceId)) throw new OmniError("store.failed", `The instance ${instanceId} has not joined, or has left.`);
  turn.owner = instanceId;
  turn.fence += 1;
  turn.attempts += 1;
  turn.status = "running";
  turn.openAsks = 0;
  turn.startedAt ??= now;
  return { result: "claimed", ...toHeld(turn) };
}

function toHeld({ input, fence, attempts, events }: MapTurn): HeldTurn {
  return { input: structuredClone(input), fence, attempt: attempts, events: structuredClone(events) };
}

function checkBatch(state: MapStoreState, events: readonly DurableEvent[], outbox: readonly OutboxRow[]): void {
  if (events.some((event, index) => event.type === "turn-end" && index < events.length - 1)) throw new OmniError("store.failed", "Events follow a turn-end.");
  const ids = outbox.map((row) => row.id);
  const taken = ids.find((id, index) => state.outbox.has(id) || ids.indexOf(id) < index);
  if (taken !== undefined) throw new OmniError("store.failed", `The outbox row ${taken} is there already.`);
}

function write(state: MapStoreState, turn: MapTurn, events: readonly DurableEvent[], now: number): void {
  turn.events.push(...events);
  for (const event of events) {
    if (event.type === "ask") turn.openAsks += 1;
    if (event.type === "answer") turn.openAsks = Math.max(0, turn.openAsks - 1);
    if (event.type === "ask" || event.type === "answer") turn.status = turn.openAsks > 0 ? "waiting" : "running";
    if (event.type === "turn-end") end(turn, event, touch(state, turn.input.sessionId, now));
  }
}

function end(turn: MapTurn, { type: _type, tokens, at, ...outcome }: TurnEndEvent, session: MapSession): void {
  session.totalTurns += 1;
  session.totalToolCalls += outcome.toolCalls.length;
  turn.status = outcome.status;
  turn.outcome = outcome;
  turn.endedAt = at;
  turn.tokens = tokens;
  turn.endedNumber = session.totalTurns;
}

/** Makes a session, or moves it to the front. */
function touch(state: MapStoreState, sessionId: string, now: number): MapSession {
  const session = state.sessions.get(sessionId) ?? { createdAt: now, updatedAt: now, activity: 0, totalTurns: 0, totalToolCalls: 0, releasedThrough: 0 };
  session.activity = state.next();
  session.updatedAt = Math.max(session.updatedAt, now);
  state.sessions.set(sessionId, session);
  return session;
}

function toCancelled({ input: { sessionId, turnId } }: MapTurn, at: number): TurnEndEvent {
  const error = { code: "turn.cancelled", message: "The turn was cancelled before it began." } as const;
  return { type: "turn-end", status: "cancelled", sessionId, turnId, output: "", rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error, tokens: 0, at };
}
