import type { OutboxRow, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { Instances } from "./instances.ts";
import type { StoreParts } from "./store-parts.ts";
import { toExactText } from "./exact-text.ts";
import { toRowLimit } from "./row-limit.ts";

interface Row {
  readonly seq: number;
  readonly id: string;
  readonly turn_id: string;
  readonly part: number;
  readonly conversation: string;
  readonly kind: OutboxRow["kind"];
  readonly body: string;
  readonly state: OutboxRow["state"];
  readonly receipt: string | null;
  readonly attempts: number;
  readonly sender: string | null;
}

/** Every statement of the outbox; a test looks at their plans. */
export const outboxSql = {
  open: `SELECT outbox.seq, outbox.id, turn.id AS turn_id, outbox.part, outbox_body.conversation, outbox.kind, outbox_body.body, outbox.state, outbox.receipt, outbox.attempts, outbox.sender
    FROM outbox INDEXED BY outbox_open CROSS JOIN outbox_body ON outbox_body.outbox = outbox.seq CROSS JOIN turn ON turn.seq = outbox.turn
    WHERE outbox.channel = ? AND outbox.state IN ('pending', 'sending') AND outbox.seq > ? AND outbox_body.conversation NOT IN (SELECT value FROM json_each(?)) ORDER BY outbox.seq LIMIT ?`,
  insert: "INSERT INTO outbox (id, turn, part, channel, kind, state, receipt, attempts, sender) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  body: "INSERT INTO outbox_body (outbox, conversation, body) VALUES (?, ?, ?)",
  update: "UPDATE outbox SET state = ?, receipt = ?, attempts = ?, sender = ? WHERE id = ? AND attempts = coalesce(?, attempts)",
  there: "SELECT 1 FROM outbox WHERE id = ?",
} as const;

/** Rows on their way to channels. */
export function createOutbox({ database, writes, instances }: Pick<StoreParts, "database" | "writes" | "instances">): Pick<Store, "outbox" | "updateOutbox"> {
  const isInFlight = (row: Row): boolean => row.state === "sending" && row.sender !== null && instances.isAlive(row.sender);
  const read = (channel: string, most: number, leftOut: readonly string[]): OutboxRow[] => {
    const limit = toRowLimit(most);
    const passedOver = JSON.stringify(leftOut.map(toExactText));
    const found: OutboxRow[] = [];
    let after = 0;
    // Rows that a living process is sending are skipped, so more may have to be read than are given.
    while (found.length < limit) {
      const rows = database.all<Row>(outboxSql.open, channel, after, passedOver, limit);
      found.push(...rows.filter((row) => !isInFlight(row)).map((row) => toOutboxRow(channel, row)));
      if (rows.length < limit) break;
      after = rows.at(-1)?.seq ?? after;
    }
    return found.slice(0, limit);
  };
  return {
    outbox: async (channel, limit, leftOut = []) => read(channel, limit, leftOut),
    async updateOutbox(id, { state, receipt, attempts }, ifAttempts) {
      const sender = state === "sending" ? instances.own() : null;
      return writes.write(() => {
        if (database.run(outboxSql.update, state, receipt, attempts, sender, id, ifAttempts ?? null) > 0) return true;
        if (database.get(outboxSql.there, id) === undefined) throw new OmniError("store.failed", `There is no outbox row ${id}; its session may have been deleted.`);
        return false;
      });
    },
  };
}

/** Who sends these rows, where any of them is being sent already; asked before a transaction begins. */
export function toSender(rows: readonly OutboxRow[], instances: Instances): string | null {
  return rows.some((row) => row.state === "sending") ? instances.own() : null;
}

/** Adds a row. Runs inside the caller's transaction. */
export function insertOutbox(database: Database, turn: number, row: OutboxRow, sender: string | null): void {
  const { id, part, channel, conversation, kind, body, state, receipt, attempts } = row;
  const seq = database.insert(outboxSql.insert, id, turn, part, channel, kind, state, receipt, attempts, state === "sending" ? sender : null);
  database.run(outboxSql.body, seq, conversation, body);
}

function toOutboxRow(channel: string, row: Row): OutboxRow {
  const { id, part, conversation, kind, body, receipt, attempts } = row;
  return { id, turnId: row.turn_id, part, channel, conversation, kind, body, state: row.state === "sending" ? "unknown" : row.state, receipt, attempts };
}
