import { isOmniError } from "@omni/core";
import type { Database } from "./database.ts";
import type { StoreParts } from "./store-parts.ts";
import { erase, isErasable } from "./erase.ts";
import { findUnscrubbed, settleScrubbed } from "./scrub-mark.ts";
import { rewriteDatabase } from "./rewrite-database.ts";

/** What erases sessions and rewrites the files of a store. Rejects with an error of Omni where the database refuses, and with another where what was to do it is not there. */
export interface Scrubber {
  /** Erases the session's content and leaves a tombstone; false where there was nothing of it. Rejects with `session.busy` while a turn of it has not ended. */
  erase(sessionId: string, at: number): Promise<boolean>;
  /** Writes the database file anew. */
  vacuum(): Promise<void>;
  /** Copies the whole log into the database file and cuts it to nothing; false where another reader needs it still. */
  emptyLog(): Promise<boolean>;
}

/** One on a thread of its own. */
export interface ScrubWorker extends Scrubber {
  /** Ends the thread, and resolves when it has closed the database. Idempotent; never rejects. */
  end(): Promise<void>;
}

/** Erasing for good. */
export interface Scrub {
  /** Erases a session and takes its bytes out of the files; false where there was nothing of it. */
  erase(sessionId: string, at: number): Promise<boolean>;
  /** Takes out what erasures have left. Rejects where no worker can be had, and as the database refuses. */
  finish(): Promise<void>;
}

interface ScrubParts extends Pick<StoreParts, "database" | "folder" | "writes" | "checkpoints" | "host"> {
  /** Starts a worker; throws where none can be started. */
  start(): ScrubWorker;
}

/** Largest database that is rewritten after a deletion, in bytes. It takes about thirteen seconds (180 MB: 2.3 s), in which nothing can be written; above it `secure_delete` alone has to do, and the log says so. */
const mostToRewrite = 1024 * 1024 * 1024;

/**
 * Erases a session and takes its bytes out of the files. It is one
 * transaction, two seconds for ten thousand turns. `secure_delete` overwrites
 * rows where they are; when pages were rearranged earlier, copies can be left
 * in unused parts of a page, and only writing the file anew takes those out.
 * The log is emptied then; where another process reads meanwhile, it is emptied when the
 * last process closes. A worker does this; reads go on, and writes wait until
 * it is through. Where no worker can be had it is done on this thread, which
 * blocks: that the bytes are gone was promised. Copies made before an update
 * of the tables go with it. Only when all of it is done this is noted: killed
 * before, or without the room for it, the next opening or deletion does it.
 */
export function createScrub(parts: ScrubParts): Scrub {
  const { database, writes, checkpoints, host, start } = parts;
  const eraseAndScrub = async (sessionId: string, at: number): Promise<boolean> => {
    const wasThere = isErasable(database, sessionId);
    let isErased = false;
    const eraseWith = async (scrubber: Scrubber): Promise<void> => {
      isErased = (await scrubber.erase(sessionId, at)) || isErased;
      if (isErased) await scrubFiles(scrubber, parts);
    };
    let worker: ScrubWorker | undefined;
    try {
      worker = start();
      await eraseWith(worker);
    } catch (error) {
      if (isOmniError(error)) throw error;
      // A worker that is lost may have erased before, and may not have come to say so: what was there and is gone was erased.
      isErased ||= wasThere;
      host.log.warn("a session is deleted without a thread of its own, so everything else waits", { message: error instanceof Error ? error.message : String(error) });
      await eraseWith(createScrubber(database));
    } finally {
      await worker?.end();
    }
    return isErased;
  };
  const finish = async (): Promise<void> => {
    // Another process may have done it while this one waited.
    if (findUnscrubbed(database) === undefined) return;
    const worker = start();
    try {
      await scrubFiles(worker, parts);
    } finally {
      await worker.end();
    }
  };
  const alone = <T>(body: () => Promise<T>): Promise<T> => checkpoints.whilePaused(() => writes.whileHeld(body));
  return {
    erase: (sessionId, at) => alone(() => eraseAndScrub(sessionId, at)),
    finish: () => alone(finish),
  };
}

/** Takes what was erased out of the files, and notes it when nothing is left. */
async function scrubFiles({ vacuum, emptyLog }: Omit<Scrubber, "erase">, { database, folder, host }: Pick<ScrubParts, "database" | "folder" | "host">): Promise<void> {
  /** False where it was not done, or the database refused. */
  const attempt = async (what: string, body: () => boolean | Promise<boolean>): Promise<boolean> => {
    try {
      return await body();
    } catch (error) {
      if (!isOmniError(error)) throw error;
      host.log.warn(`a session was deleted, but ${what}`, { message: error.message });
      return false;
    }
  };
  const erased = findUnscrubbed(database);
  const isRewritten = await attempt("the store's file was not rewritten", async () => {
    const bytes = sizeOf(database);
    if (bytes <= mostToRewrite) await vacuum();
    else host.log.warn("a session was deleted; the store is too large to be rewritten at once, so unused parts of its pages may hold copies until it is vacuumed", { bytes });
    return true;
  });
  const isEmptied = await attempt("the store's log was not emptied", async () => {
    const isDone = await emptyLog();
    if (!isDone) host.log.warn("a session was deleted; the store's log is emptied when its other readers are done");
    return isDone;
  });
  for (const file of folder.backupFiles()) folder.remove(file);
  if (erased === undefined || !isRewritten || !isEmptied) return;
  await attempt("that its bytes are out of the files was not noted, so this is done again", () => (settleScrubbed(database, erased), true));
}

/** One on this thread, which blocks. */
function createScrubber(database: Database): Scrubber {
  return {
    erase: async (sessionId, at) => database.transaction(() => erase(database, sessionId, at)),
    async vacuum() {
      rewriteDatabase(database);
    },
    emptyLog: async () => database.get<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)")?.busy !== 1,
  };
}

/** Bytes of the database without its log. */
function sizeOf(database: Database): number {
  return database.get<{ bytes: number }>("SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size")?.bytes ?? 0;
}
