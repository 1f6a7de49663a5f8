import type { Host } from "@omni/core";
import type { Database } from "./database.ts";
import { createOneByOne } from "./one-by-one.ts";

/** A thread that makes checkpoints: it copies what is in the log into the database file, and no reader or writer waits for it. */
export interface CheckpointWorker {
  /** Makes one; asked for one at a time. Rejects where it failed or the thread is gone. */
  checkpoint(): Promise<void>;
  /** Ends the thread after the checkpoint under way, and resolves when it has closed the database. Idempotent; never rejects. */
  end(): Promise<void>;
}

/** Keeps the log short without making commits wait for it. */
export interface Checkpoints {
  /** Told of each commit. Never throws. */
  committed(): void;
  /** Runs `body` while no worker has the database open, one body at a time: SQLite refuses to empty the log during another checkpoint. */
  whilePaused<T>(body: () => T | Promise<T>): Promise<T>;
  /** Ends the worker when every body is through. Afterwards the database is not touched. */
  close(): Promise<void>;
}

interface CheckpointParts {
  readonly database: Database;
  readonly host: Pick<Host, "clock" | "log">;
  /** Starts a worker; throws where none can be started. */
  start(): CheckpointWorker;
}

/** Commits from one look at the log to the next. */
const commitsPerLook = 64;
/** Pages in the log that are worth a checkpoint, 4 MB: as many as SQLite itself makes one at. A program that ends after a few turns starts no worker. */
const enoughPages = 1_000;
/**
 * Pages in the log from which a commit makes the checkpoint itself, 16 MB.
 * So the log stays bounded also without a worker, with one that is slow, and
 * where commits follow each other without a pause.
 */
const mostPages = 4_000;
/** Milliseconds without a commit that are taken for a pause, as there is one while a model answers. */
const pauseMs = 2;

/**
 * The commit that fills the log would have to copy it, force both files to
 * the disk, and keep everything else in the process waiting meanwhile. Here a
 * worker does so, once there is enough to copy. The log begins anew only at a
 * commit that finds all of it copied, so what was committed during a
 * checkpoint is copied by another one, in a pause.
 */
export function createCheckpoints({ database, host, start }: CheckpointParts): Checkpoints {
  let worker: CheckpointWorker | undefined;
  let commits = 0;
  let isShortening = false;
  /** What stands against asking the worker: each pause, the end, a failure. */
  let obstacles = 0;
  const pauses = createOneByOne();
  const end = async (): Promise<void> => {
    await worker?.end();
    worker = undefined;
  };
  const pause = async (): Promise<void> => {
    for (let before = -1; before !== commits && commits < commitsPerLook && obstacles === 0; ) {
      before = commits;
      await host.clock.sleep(pauseMs);
    }
  };
  const shorten = async (): Promise<void> => {
    isShortening = true;
    try {
      for (let reached = -1; obstacles === 0; ) {
        const { log, checkpointed } = look(database);
        // One that gets no further is kept by another process's reader, and left to later commits.
        if (log < enoughPages || checkpointed === log || checkpointed <= reached) return;
        reached = checkpointed;
        commits = 0;
        await (worker ??= start()).checkpoint();
        await pause();
      }
    } catch (error) {
      obstacles += 1;
      host.log.warn("checkpoints of the store are no longer made beside its work, so some writes will take longer", { message: error instanceof Error ? error.message : String(error) });
      await end();
    } finally {
      isShortening = false;
    }
  };
  database.exec(`PRAGMA wal_autocheckpoint = ${mostPages}`);
  return {
    committed() {
      commits += 1;
      if (commits < commitsPerLook || isShortening || obstacles > 0) return;
      commits = 0;
      void shorten();
    },
    async whilePaused(body) {
      obstacles += 1;
      try {
        return await pauses.run(async () => (await end(), body()));
      } finally {
        obstacles -= 1;
      }
    },
    async close() {
      obstacles += 1;
      await pauses.idle();
      await end();
    },
  };
}

interface LogPages {
  readonly log: number;
  readonly checkpointed: number;
}

/** The pages in the log, and how many of them are copied. This makes no checkpoint. */
function look(database: Database): LogPages {
  return database.get<LogPages>("PRAGMA main.wal_checkpoint(NOOP)") ?? { log: 0, checkpointed: 0 };
}
