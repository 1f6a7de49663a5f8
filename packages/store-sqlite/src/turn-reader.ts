import type { DurableEvent, Store, TurnEndEvent, TurnOutcome, TurnRecord, TurnStatus } from "@omni/core";
import type { Reads } from "./shared-reads.ts";
import type { StoreParts } from "./store-parts.ts";
import { fromInputJson } from "./turn-input-json.ts";
import { toRowLimit } from "./row-limit.ts";

interface TurnRow {
  readonly status: TurnStatus;
  readonly owner: string | null;
  readonly fence: number;
  readonly attempts: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly body: string;
  readonly last: string | null;
}

const columns = `turn.status, turn.owner, turn.fence, turn.attempts, turn.started_at, turn.ended_at, input.body,
  CASE WHEN turn.ended_at IS NULL THEN NULL ELSE (SELECT event FROM step WHERE step.turn = turn.seq AND step.seq = turn.steps) END AS last`;
const from = "FROM turn JOIN input ON input.turn = turn.seq";

/** Every statement of reading turns; a test looks at their plans. */
export const turnReaderSql: Readonly<Record<"one" | "newest" | "before" | "open" | "openOf" | "events", string>> = {
  one: `SELECT ${columns} ${from} WHERE turn.id = ?`,
  newest: `SELECT ${columns} ${from} WHERE turn.session_id = ? ORDER BY turn.seq DESC LIMIT ?`,
  before: `SELECT ${columns} ${from} WHERE turn.session_id = ? AND turn.seq < (SELECT seq FROM turn WHERE id = ? AND session_id = ?) ORDER BY turn.seq DESC LIMIT ?`,
  open: `SELECT ${columns} FROM turn INDEXED BY turn_open CROSS JOIN input ON input.turn = turn.seq WHERE turn.ended_at IS NULL ORDER BY turn.seq`,
  openOf: `SELECT ${columns} FROM turn INDEXED BY turn_open CROSS JOIN input ON input.turn = turn.seq WHERE turn.session_id = ? AND turn.ended_at IS NULL ORDER BY turn.seq`,
  events: "SELECT step.event FROM turn JOIN step ON step.turn = turn.seq WHERE turn.id = ? ORDER BY step.seq",
};

type TurnReads = Pick<Store, "turn" | "turns" | "events" | "unfinished">;

/** Reads of turns and their events. */
export function createTurnReader({ reads, instances }: Pick<StoreParts, "reads" | "instances">): TurnReads {
  const toRecord = (row: TurnRow): TurnRecord => ({
    input: fromInputJson(row.body),
    status: row.status,
    owner: row.owner,
    ownerAlive: row.owner !== null && instances.isAlive(row.owner),
    fence: row.fence,
    attempts: row.attempts,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    outcome: row.last === null ? null : toOutcome(JSON.parse(row.last) as TurnEndEvent),
  });
  return {
    async turn(turnId) {
      const row = reads.get<TurnRow>(turnReaderSql.one, turnId);
      return row === undefined ? undefined : toRecord(row);
    },
    async turns(sessionId, { limit, before }) {
      const most = toRowLimit(limit);
      const rows = before === undefined ? reads.all<TurnRow>(turnReaderSql.newest, sessionId, most) : reads.all<TurnRow>(turnReaderSql.before, sessionId, before, sessionId, most);
      return rows.map(toRecord);
    },
    events: async (turnId) => readEvents(reads, turnId),
    async unfinished(sessionId) {
      const rows = sessionId === undefined ? reads.all<TurnRow>(turnReaderSql.open) : reads.all<TurnRow>(turnReaderSql.openOf, sessionId);
      return rows.map(toRecord);
    },
  };
}

/** The recorded events of a turn, in order. */
export function readEvents(reads: Pick<Reads, "all">, turnId: string): readonly DurableEvent[] {
  return reads.all<{ event: string }>(turnReaderSql.events, turnId).map(({ event }) => JSON.parse(event) as DurableEvent);
}

/** The last event of a turn without what only the window needs. */
function toOutcome({ type: _type, tokens: _tokens, at: _at, ...outcome }: TurnEndEvent): TurnOutcome {
  return outcome;
}
