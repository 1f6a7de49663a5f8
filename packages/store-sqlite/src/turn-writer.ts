import type { ClaimResult, DurableEvent, HeldTurn, OutboxRow, Store, TurnStatus } from "@omni/core";
import { mayBeLostWithPower, OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { StoreParts } from "./store-parts.ts";
import { closeSessionTurn } from "./sessions.ts";
import { fromInputJson } from "./turn-input-json.ts";
import { insertOutbox, toSender } from "./outbox.ts";
import { readEvents } from "./turn-reader.ts";

/** What writing to a turn needs to know of it. */
export interface OpenTurn {
  readonly seq: number;
  readonly session_id: string;
  readonly status: TurnStatus;
  readonly owner: string | null;
  readonly fence: number;
  readonly attempts: number;
  readonly open_asks: number;
  readonly steps: number;
  readonly ended_at: number | null;
}

interface Outgoing {
  readonly rows: readonly OutboxRow[];
  readonly sender: string | null;
}

/** Every statement of owning and writing turns; a test looks at their plans. */
export const turnWriterSql = {
  find: "SELECT seq, session_id, status, owner, fence, attempts, open_asks, steps, ended_at FROM turn WHERE id = ?",
  ahead: "SELECT id, owner FROM turn INDEXED BY turn_open WHERE session_id = ? AND ended_at IS NULL AND seq < ? ORDER BY seq LIMIT 1",
  input: "SELECT body FROM input WHERE turn = ?",
  claim: `UPDATE turn SET owner = ?, fence = fence + 1, attempts = attempts + 1, status = 'running', open_asks = 0,
    started_at = coalesce(started_at, ?) WHERE seq = ?`,
  step: "INSERT INTO step (turn, seq, kind, event) VALUES (?, ?, ?, ?)",
  progress: "UPDATE turn SET steps = ?, open_asks = ?, status = ? WHERE seq = ?",
  end: "UPDATE turn SET steps = ?, open_asks = 0, status = ?, ended_at = ?, ended_number = ?, tool_calls = ?, tokens = ? WHERE seq = ?",
} as const;

/** Owning turns, and recording what happens in them. */
export function createTurnWriter({ database, writes, instances, host }: Pick<StoreParts, "database" | "writes" | "instances" | "host">): Pick<Store, "claim" | "append"> {
  const claim = (turnId: string, instanceId: string): ClaimResult => {
    const turn = findTurn(database, turnId);
    if (turn === undefined) throw toNotFound(turnId);
    if (turn.ended_at !== null) return { result: "ended" };
    const ahead = database.get<{ id: string; owner: string | null }>(turnWriterSql.ahead, turn.session_id, turn.seq);
    if (ahead !== undefined) return { result: "behind", turnId: ahead.id, ownerAlive: ahead.owner !== null && instances.isAlive(ahead.owner) };
    if (turn.owner !== null && instances.isAlive(turn.owner)) return { result: "owned", owner: turn.owner, ...(turn.owner === instanceId ? { held: hold(turnId, turn) } : {}) };
    if (!instances.isAlive(instanceId)) throw new OmniError("store.failed", `The instance ${instanceId} has not joined the store, or has left it, and cannot own a turn.`);
    database.run(turnWriterSql.claim, instanceId, host.clock.now(), turn.seq);
    return { result: "claimed", ...hold(turnId, { ...turn, fence: turn.fence + 1, attempts: turn.attempts + 1 }) };
  };
  const hold = (turnId: string, { seq, fence, attempts, steps }: OpenTurn): HeldTurn => {
    const input = database.get<{ body: string }>(turnWriterSql.input, seq);
    if (input === undefined) throw toNotFound(turnId);
    return { input: fromInputJson(input.body), fence, attempt: attempts, events: steps === 0 ? [] : readEvents(database, turnId) };
  };
  const append = (turnId: string, fence: number, events: readonly DurableEvent[], outbox: Outgoing): void => {
    const turn = findTurn(database, turnId);
    if (turn === undefined) throw toNotFound(turnId);
    if (turn.ended_at !== null) throw new OmniError("store.fenced", `The turn ${turnId} has ended; nothing can be added to it.`);
    if (turn.status === "queued" || turn.fence !== fence) throw new OmniError("store.fenced", `The turn ${turnId} is not held under fence ${fence}; another process has taken it over.`);
    writeEvents(database, turn, events, host.clock.now());
    for (const row of outbox.rows) insertOutbox(database, turn.seq, row, outbox.sender);
  };
  return {
    // After a power cut every owner is dead, so a claim need not outlive one; the first append makes it last.
    claim: (turnId, instanceId) => writes.writeQuick(() => claim(turnId, instanceId)),
    async append(turnId, fence, events, rows = []) {
      const outgoing = { rows, sender: toSender(rows, instances) };
      const isQuick = rows.length === 0 && events.every(mayBeLostWithPower);
      const write = (): void => append(turnId, fence, events, outgoing);
      await (isQuick ? writes.writeQuick(write) : writes.write(write));
    },
  };
}

/** The turn as it is now. */
export function findTurn(database: Database, turnId: string): OpenTurn | undefined {
  return database.get<OpenTurn>(turnWriterSql.find, turnId);
}

/** Writes events of an open turn and keeps its status, its session's totals and its slot in step. Runs inside the caller's transaction. */
export function writeEvents(database: Database, turn: OpenTurn, events: readonly DurableEvent[], now: number): void {
  const end = events.at(-1);
  if (events.some((event) => event.type === "turn-end" && event !== end)) throw new OmniError("store.failed", "Events follow a turn-end; nothing was written. The end of a turn is its last event.");
  for (const [index, event] of events.entries()) database.run(turnWriterSql.step, turn.seq, turn.steps + index + 1, event.type, JSON.stringify(event));
  const steps = turn.steps + events.length;
  if (end?.type === "turn-end") {
    const number = closeSessionTurn(database, turn.session_id, end.toolCalls.length, now);
    database.run(turnWriterSql.end, steps, end.status, end.at, number, end.toolCalls.length, end.tokens, turn.seq);
    return;
  }
  const openAsks = events.reduce(toOpenAsks, turn.open_asks);
  const isSettled = openAsks === turn.open_asks;
  database.run(turnWriterSql.progress, steps, openAsks, isSettled ? turn.status : openAsks > 0 ? "waiting" : "running", turn.seq);
}

/** Calls run side by side and may ask side by side; a turn waits while any ask is open. */
function toOpenAsks(open: number, event: DurableEvent): number {
  if (event.type === "ask") return open + 1;
  return event.type === "answer" ? Math.max(0, open - 1) : open;
}

function toNotFound(turnId: string): OmniError {
  return new OmniError("turn.not-found", `The turn ${turnId} is not in the store.`);
}
