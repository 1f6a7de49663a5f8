import type { SessionRecord, Store, TurnSlot } from "@omni/core";
import type { Database } from "./database.ts";
import type { StoreParts } from "./store-parts.ts";
import { toRowLimit } from "./row-limit.ts";

interface SessionRow {
  readonly id: string;
  readonly total_turns: number;
  readonly total_tool_calls: number;
  readonly open_turns: number;
  readonly newest: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

interface SlotRow {
  readonly id: string;
  readonly tool_calls: number;
  readonly tokens: number;
  readonly ended_at: number;
}

const columns = `id, total_turns, total_tool_calls, created_at, updated_at,
  (SELECT count(*) FROM turn INDEXED BY turn_open WHERE turn.session_id = session.id AND turn.ended_at IS NULL) AS open_turns,
  (SELECT turn.id FROM turn WHERE turn.session_id = session.id AND turn.ended_number > session.released_through ORDER BY turn.ended_number DESC LIMIT 1) AS newest`;

/** Every statement of sessions; a test looks at their plans. */
export const sessionSql: Readonly<Record<"one" | "latest" | "slots" | "oldest" | "release" | "begin" | "close", string>> = {
  one: `SELECT ${columns} FROM session WHERE id = ?`,
  latest: `SELECT ${columns} FROM session WHERE activity > 0 ORDER BY activity DESC LIMIT ? OFFSET ?`,
  slots: `SELECT turn.id, turn.tool_calls, turn.tokens, turn.ended_at FROM turn
    WHERE turn.session_id = ? AND turn.ended_number > (SELECT released_through FROM session WHERE id = ?)
    ORDER BY turn.ended_number DESC LIMIT ?`,
  oldest: `SELECT turn.id, turn.tool_calls, turn.tokens, turn.ended_at FROM turn
    WHERE turn.session_id = ? AND turn.ended_number > (SELECT released_through FROM session WHERE id = ?)
    ORDER BY turn.ended_number LIMIT ?`,
  release: `UPDATE session SET released_through = max(released_through, coalesce(
    (SELECT ended_number FROM turn WHERE id = ? AND session_id = session.id), 0)) WHERE id = ?`,
  begin: `INSERT INTO session (id, activity, created_at, updated_at)
    VALUES (?, (SELECT coalesce(max(activity), 0) + 1 FROM session), ?, ?)
    ON CONFLICT (id) DO UPDATE SET activity = excluded.activity, updated_at = max(updated_at, excluded.updated_at)`,
  close: `UPDATE session SET total_turns = total_turns + 1, total_tool_calls = total_tool_calls + ?,
    activity = (SELECT max(activity) + 1 FROM session), updated_at = max(updated_at, ?) WHERE id = ? RETURNING total_turns`,
};

/** Reads of sessions and their windows, and release. */
export function createSessions({ database, reads, writes }: Pick<StoreParts, "database" | "reads" | "writes">): Pick<Store, "session" | "sessions" | "slots" | "oldestSlots" | "release"> {
  return {
    async session(sessionId) {
      const row = reads.get<SessionRow>(sessionSql.one, sessionId);
      return row === undefined ? undefined : toSession(row);
    },
    sessions: async ({ limit, offset = 0 }) => reads.all<SessionRow>(sessionSql.latest, toRowLimit(limit), toRowLimit(offset)).map(toSession),
    slots: async (sessionId, limit) => reads.all<SlotRow>(sessionSql.slots, sessionId, sessionId, toRowLimit(limit)).map(toSlot).toReversed(),
    oldestSlots: async (sessionId, limit) => reads.all<SlotRow>(sessionSql.oldest, sessionId, sessionId, toRowLimit(limit)).map(toSlot),
    async release(sessionId, throughTurnId) {
      await writes.write(() => database.run(sessionSql.release, throughTurnId, sessionId));
    },
  };
}

/** Makes a session, or moves it to the front. Runs inside the caller's transaction. */
export function beginSession(database: Database, sessionId: string, at: number): void {
  database.run(sessionSql.begin, sessionId, at, at);
}

/** Adds an ended turn to its session's totals and returns its number among them. Runs inside the caller's transaction. */
export function closeSessionTurn(database: Database, sessionId: string, toolCalls: number, at: number): number {
  return database.get<{ total_turns: number }>(sessionSql.close, toolCalls, at, sessionId)?.total_turns ?? 0;
}

function toSession(row: SessionRow): SessionRecord {
  return {
    sessionId: row.id,
    totalTurns: row.total_turns,
    totalToolCalls: row.total_tool_calls,
    openTurns: row.open_turns,
    newestTurnId: row.newest,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toSlot(row: SlotRow): TurnSlot {
  return { turnId: row.id, checkpointId: row.id, toolCalls: row.tool_calls, tokens: row.tokens, at: row.ended_at };
}
