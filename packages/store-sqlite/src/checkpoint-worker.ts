import type { MessagePort } from "node:worker_threads";
import { parentPort, workerData } from "node:worker_threads";
import { basename } from "node:path";
import BetterSqlite3 from "better-sqlite3";
import type { CheckpointAnswer, CheckpointPlace, CheckpointRequest, CheckpointWork } from "./start-checkpoint-worker.ts";
import { createDatabase } from "./database.ts";
import { erase } from "./erase.ts";
import { rewriteDatabase } from "./rewrite-database.ts";
import { toStoreError } from "./store-error.ts";

/** As the store's own connection has them: what a checkpoint copies is forced to the disk as a commit is, and what is erased is overwritten and never lies in a temporary file. */
const settings = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA secure_delete = ON;
  PRAGMA temp_store = MEMORY;
`;

/** Does what each message asks for until it is told to end, and answers what came of it. Where there is no database any more, none is made: the thread ends, and who asked hears why. */
function serve(port: MessagePort, { path, busyTimeoutMs }: CheckpointPlace): void {
  const where = basename(path);
  const database = createDatabase(new BetterSqlite3(path, { fileMustExist: true, timeout: busyTimeoutMs }), where);
  database.exec(settings);
  const checkpoint = (mode: "PASSIVE" | "TRUNCATE"): boolean => database.get<{ busy: number }>(`PRAGMA main.wal_checkpoint(${mode})`)?.busy !== 1;
  const work = (request: CheckpointWork): boolean => {
    switch (request.kind) {
      case "checkpoint":
        // It copies what it can without waiting for anybody, and nobody waits for it.
        return checkpoint("PASSIVE");
      case "erase":
        return database.transaction(() => erase(database, request.sessionId, request.at));
      case "vacuum":
        return rewriteDatabase(database), true;
      case "empty-log":
        return checkpoint("TRUNCATE");
    }
  };
  port.on("message", (request: CheckpointRequest) => {
    if (request.kind !== "end") {
      port.postMessage(toAnswer(() => work(request), where));
      return;
    }
    database.close();
    // With its port closed nothing is left to wait for, and the thread ends.
    port.close();
  });
}

/** An error would lose its code on its way to another thread. */
function toAnswer(work: () => boolean, where: string): CheckpointAnswer {
  try {
    return { isDone: work() };
  } catch (error) {
    const { code, message, retryable } = toStoreError(error, where);
    return { code, message, retryable };
  }
}

if (parentPort !== null) serve(parentPort, workerData as CheckpointPlace);
