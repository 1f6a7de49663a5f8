import type { MessagePort } from "node:worker_threads";
import { parentPort, workerData } from "node:worker_threads";
import BetterSqlite3 from "better-sqlite3";
import type { CheckpointPlace, CheckpointRequest } from "./start-checkpoint-worker.ts";

/** As the store's own connection has them: what a checkpoint copies is forced to the disk as a commit is. */
const settings = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA trusted_schema = OFF;
`;

/** Makes a checkpoint for each message until it is told to end. A failure ends the thread too, and who asked hears it. Where there is no database any more, none is made. */
function serve(port: MessagePort, { path, busyTimeoutMs }: CheckpointPlace): void {
  const connection = new BetterSqlite3(path, { fileMustExist: true, timeout: busyTimeoutMs });
  connection.exec(settings);
  // Passive: it copies what it can without waiting for anybody, and nobody waits for it.
  const checkpoint = connection.prepare("PRAGMA main.wal_checkpoint(PASSIVE)");
  port.on("message", (request: CheckpointRequest) => {
    if (request === "checkpoint") {
      checkpoint.get();
      port.postMessage("made");
      return;
    }
    connection.close();
    // With its port closed nothing is left to wait for, and the thread ends.
    port.close();
  });
}

if (parentPort !== null) serve(parentPort, workerData as CheckpointPlace);
