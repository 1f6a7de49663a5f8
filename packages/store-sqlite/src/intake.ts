import type { AcceptResult, NewTurn, Store, TurnEndEvent } from "@omni/core";
import type { Database } from "./database.ts";
import type { StoreParts } from "./store-parts.ts";
import { beginSession } from "./sessions.ts";
import { findTurn, writeEvents } from "./turn-writer.ts";
import { toInputJson } from "./turn-input-json.ts";

/** Every statement of taking in; a test looks at their plans. */
export const intakeSql = {
  seen: "SELECT turn_id FROM inbox WHERE channel = ? AND platform_id = ?",
  keyed: "SELECT turn.id AS turn_id, idempotency.body_hash FROM idempotency JOIN turn ON turn.seq = idempotency.turn WHERE idempotency.principal = ? AND idempotency.key = ?",
  waiting: "SELECT count(*) AS queued FROM turn INDEXED BY turn_open WHERE session_id = ? AND ended_at IS NULL AND status = 'queued'",
  turn: "INSERT INTO turn (id, session_id, status, accepted_at) VALUES (?, ?, 'queued', ?)",
  inbox: "INSERT INTO inbox (channel, platform_id, turn_id, sender, authority) VALUES (?, ?, ?, ?, ?)",
  input: "INSERT INTO input (turn, body) VALUES (?, ?)",
  key: "INSERT INTO idempotency (principal, key, body_hash, turn) VALUES (?, ?, ?, ?)",
} as const;

/** Taking messages in, and taking them back before they run. */
export function createIntake({ database, writes, host }: Pick<StoreParts, "database" | "writes" | "host">): Pick<Store, "accept" | "cancelQueued"> {
  return {
    accept: (turn) =>
      writes.write<AcceptResult>(() => {
        const known = findKnown(database, turn);
        if (known !== undefined) return known;
        const queued = database.get<{ queued: number }>(intakeSql.waiting, turn.input.sessionId)?.queued ?? 0;
        if (queued >= turn.queueLimit) return { result: "full", queued };
        insertTurn(database, turn, host.clock.now());
        return { result: "accepted", turnId: turn.input.turnId };
      }),
    cancelQueued: (turnId, at) =>
      writes.write(() => {
        const turn = findTurn(database, turnId);
        if (turn === undefined || turn.status !== "queued") return false;
        writeEvents(database, turn, [toCancelled(turnId, turn.session_id, at)], host.clock.now());
        return true;
      }),
  };
}

/** The very message first: a second delivery of it is no conflict, whatever key it brings. */
function findKnown(database: Database, { input, channel, platformId, idempotency }: NewTurn): AcceptResult | undefined {
  const seen = database.get<{ turn_id: string }>(intakeSql.seen, channel, platformId);
  if (seen !== undefined) return { result: "existing", turnId: seen.turn_id };
  if (idempotency === undefined) return undefined;
  const keyed = database.get<{ turn_id: string; body_hash: string }>(intakeSql.keyed, input.principal.id, idempotency.key);
  if (keyed === undefined) return undefined;
  return { result: keyed.body_hash === idempotency.bodyHash ? "existing" : "conflict", turnId: keyed.turn_id };
}

function insertTurn(database: Database, { input, channel, platformId, idempotency }: NewTurn, now: number): void {
  const { turnId, sessionId, principal } = input;
  beginSession(database, sessionId, now);
  const seq = database.insert(intakeSql.turn, turnId, sessionId, now);
  database.run(intakeSql.inbox, channel, platformId, turnId, principal.id, JSON.stringify(principal.scopes));
  database.run(intakeSql.input, seq, toInputJson(input));
  if (idempotency !== undefined) database.run(intakeSql.key, principal.id, idempotency.key, idempotency.bodyHash, seq);
}

/** The end of a turn that never began. */
function toCancelled(turnId: string, sessionId: string, at: number): TurnEndEvent {
  const error = { code: "turn.cancelled", message: "The turn was cancelled before it began." } as const;
  return { type: "turn-end", status: "cancelled", sessionId, turnId, output: "", rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error, tokens: 0, at };
}
