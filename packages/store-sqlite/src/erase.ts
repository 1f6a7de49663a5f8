import { OmniError } from "@omni/core";
import type { Database } from "./database.ts";
import { noteErased } from "./scrub-mark.ts";

/** Every statement of deletion; a test looks at their plans. */
export const deletionSql = {
  open: "SELECT id FROM turn INDEXED BY turn_open WHERE session_id = ? AND ended_at IS NULL LIMIT 1",
  session: "SELECT id FROM session WHERE id = ?",
  text: "SELECT id FROM text WHERE session_id = ? LIMIT 1",
  turns: "SELECT seq, id FROM turn WHERE session_id = ? ORDER BY seq",
  texts: "SELECT seq, id FROM text WHERE session_id = ? ORDER BY seq",
  input: "SELECT body FROM input WHERE turn = ?",
  events: "SELECT event FROM step WHERE turn = ? ORDER BY seq",
  bodies: "SELECT outbox_body.conversation, outbox_body.body FROM outbox JOIN outbox_body ON outbox_body.outbox = outbox.seq WHERE outbox.turn = ? ORDER BY outbox.seq",
  chunk: "SELECT units FROM text_chunk WHERE text = ? AND part = ?",
  bury: "INSERT INTO tombstone (session_id, deleted_at, turns, hash) VALUES (?, ?, ?, ?)",
} as const;

const ofTurns = "IN (SELECT seq FROM turn WHERE session_id = ?)";

/** What erases, children first. The inbox keeps which messages came in, so that a late second delivery does not run again; their words are in `input`. */
export const eraseSql: readonly string[] = [
  `DELETE FROM outbox_body WHERE outbox IN (SELECT outbox.seq FROM outbox WHERE outbox.turn ${ofTurns})`,
  `DELETE FROM outbox WHERE turn ${ofTurns}`,
  `DELETE FROM step WHERE turn ${ofTurns}`,
  `DELETE FROM idempotency WHERE turn ${ofTurns}`,
  `DELETE FROM input WHERE turn ${ofTurns}`,
  "DELETE FROM text_chunk WHERE text IN (SELECT seq FROM text WHERE session_id = ?)",
  "DELETE FROM text WHERE session_id = ?",
  "DELETE FROM turn WHERE session_id = ?",
  "DELETE FROM session WHERE id = ?",
];

/** Erases the session's content, leaves a tombstone and notes that the files are to be scrubbed, inside a transaction of the caller's; false where there was nothing of it. Throws `session.busy`. */
export function erase(database: Database, sessionId: string, at: number): boolean {
  checkEnded(database, sessionId);
  const turns = database.all<Kept>(deletionSql.turns, sessionId);
  const texts = database.all<Kept>(deletionSql.texts, sessionId);
  const hash = toHash(database, turns, texts);
  const removed = eraseSql.reduce((total, sql) => total + database.run(sql, sessionId), 0);
  if (removed === 0) return false;
  database.run(deletionSql.bury, sessionId, at, turns.length, hash);
  noteErased(database);
  return true;
}

/** Whether there is anything to erase. Throws `session.busy` while a turn of the session has not ended. */
export function isErasable(database: Database, sessionId: string): boolean {
  checkEnded(database, sessionId);
  return [deletionSql.session, deletionSql.text].some((sql) => database.get(sql, sessionId) !== undefined);
}

function checkEnded(database: Database, sessionId: string): void {
  const open = database.get<{ id: string }>(deletionSql.open, sessionId);
  if (open !== undefined) throw new OmniError("session.busy", `The turn ${open.id} of this session has not ended; cancel it or wait, then delete the session.`, { retryable: true });
}

interface Kept {
  readonly seq: number;
  readonly id: string;
}

/** SHA-256 over everything that is erased, each piece behind its length, so that no two contents have one hash. */
function toHash(database: Database, turns: readonly Kept[], texts: readonly Kept[]): string {
  // Loaded when first needed: it takes some ten milliseconds, which every opening of the store would pay.
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256");
  const add = (piece: string | Uint8Array): void => {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    hash.update(`${bytes.byteLength}:`).update(bytes);
  };
  for (const { seq, id } of turns) {
    add(id);
    for (const { body } of database.all<{ body: string }>(deletionSql.input, seq)) add(body);
    for (const { event } of database.all<{ event: string }>(deletionSql.events, seq)) add(event);
    for (const { conversation, body } of database.all<{ conversation: string; body: string }>(deletionSql.bodies, seq)) {
      add(conversation);
      add(body);
    }
  }
  for (const { seq, id } of texts) {
    add(id);
    for (let part = 0; ; part++) {
      const chunk = database.get<{ units: Uint8Array }>(deletionSql.chunk, seq, part);
      if (chunk === undefined) break;
      add(chunk.units);
    }
  }
  return hash.digest("hex");
}
