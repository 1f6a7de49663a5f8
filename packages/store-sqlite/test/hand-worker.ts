import Database from "better-sqlite3";
import type { CheckpointWorker } from "../src/checkpoints.ts";

/** A worker in the test's hand: a checkpoint is made, by a connection of its own, when the test says so. */
export interface HandWorker {
  readonly start: () => CheckpointWorker;
  /** How often each was asked for. */
  readonly count: { readonly started: number; readonly asked: number; readonly ended: number };
  /** Copies what is in the log, as the checkpoint under way does. */
  copy(): void;
  /** Says that the checkpoint under way is made. */
  tell(): Promise<void>;
  /** Says that the checkpoint under way failed. */
  fail(): Promise<void>;
  /** From now on nobody waits for it. */
  letGo(): void;
}

/** Makes one for a database. */
export function createHandWorker(path: string): HandWorker {
  const count = { started: 0, asked: 0, ended: 0 };
  let underWay: PromiseWithResolvers<void> | undefined;
  let isLetGo = false;
  return {
    count,
    start() {
      count.started += 1;
      return {
        async checkpoint() {
          count.asked += 1;
          underWay = Promise.withResolvers();
          await underWay.promise;
        },
        async end() {
          if (!isLetGo) await underWay?.promise.catch(() => undefined);
          count.ended += 1;
        },
      };
    },
    copy() {
      const connection = new Database(path, { fileMustExist: true });
      connection.pragma("wal_checkpoint(PASSIVE)");
      connection.close();
    },
    async tell() {
      underWay?.resolve();
      await nextInstant();
    },
    async fail() {
      underWay?.reject(new Error("out of order"));
      await nextInstant();
    },
    letGo() {
      isLetGo = true;
      underWay?.resolve();
    },
  };
}

function nextInstant(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
