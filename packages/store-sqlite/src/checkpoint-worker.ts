import type { MessagePort } from "node:worker_threads";
import { parentPort, workerData } from "node:worker_threads";
import BetterSqlite3 from "better-sqlite3";
import type { CheckpointAnswer, CheckpointPlace, CheckpointRequest } from "./start-checkpoint-worker.ts";

/** As the store's own connection has them: what a checkpoint copies is forced to the disk as a commit is, and what a vacuum leaves is overwritten and never lies in a temporary file. */
const settings = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA secure_delete = ON;
  PRAGMA temp_store = MEMORY;
`;

/** Does what each message asks for until it is told to end, and answers what came of it. Where there is no database any more, none is made: the thread ends, and who asked hears why. */
function serve(port: MessagePort, { path, busyTimeoutMs }: CheckpointPlace): void {
  const connection = new BetterSqlite3(path, { fileMustExist: true, timeout: busyTimeoutMs });
  connection.exec(settings);
  const checkpoint = (mode: "PASSIVE" | "TRUNCATE"): boolean => connection.prepare<unknown[], { busy: number }>(`PRAGMA main.wal_checkpoint(${mode})`).get()?.busy !== 1;
  const work: Readonly<Record<Exclude<CheckpointRequest, "end">, () => boolean>> = {
    // It copies what it can without waiting for anybody, and nobody waits for it.
    checkpoint: () => checkpoint("PASSIVE"),
    vacuum: () => (connection.exec("VACUUM"), true),
    "empty-log": () => checkpoint("TRUNCATE"),
  };
  port.on("message", (request: CheckpointRequest) => {
    if (request !== "end") {
      port.postMessage(toAnswer(work[request]));
      return;
    }
    connection.close();
    // With its port closed nothing is left to wait for, and the thread ends.
    port.close();
  });
}

/** An error would lose its code on its way to another thread. */
function toAnswer(work: () => boolean): CheckpointAnswer {
  try {
    return { isWhole: work() };
  } catch (error) {
    return { code: error instanceof BetterSqlite3.SqliteError ? error.code : "unknown" };
  }
}

if (parentPort !== null) serve(parentPort, workerData as CheckpointPlace);
