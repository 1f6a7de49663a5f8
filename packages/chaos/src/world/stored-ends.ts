import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readNonce } from "./message-plan.ts";

/** How turns ended, as the store of a home has it on the disk while no gateway runs: by the nonce of their message. One that has not ended is absent. */
export function readStoredEnds(home: string): ReadonlyMap<string, string> {
  const database = new DatabaseSync(join(home, "state", "omni.db"), { readOnly: true });
  try {
    const rows = database.prepare("SELECT turn.status, input.body FROM turn JOIN input ON input.turn = turn.seq WHERE turn.ended_at IS NOT NULL").all();
    return new Map(rows.map((row) => [readNonce(String(row["body"])) ?? "", String(row["status"])]));
  } finally {
    database.close();
  }
}
