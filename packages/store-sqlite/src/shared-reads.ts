import type { Database } from "./database.ts";

/** Reading without writing. */
export interface Reads extends Pick<Database, "get" | "all"> {
  /** Reads this one thing, for which no transaction is begun: where mostly nothing else follows, beginning and ending one costs more than the read. */
  readonly look: Database["get"];
}

/** A connection some of whose reads share a transaction. */
export interface SharedReads {
  /** Reads that come together see the same moment, and cost one lock. */
  readonly reads: Reads;
  /** Everything else on the connection; what was shared ends before it. */
  readonly database: Database;
}

/**
 * A read on its own takes a lock of the file and gives it back, which costs
 * more than most reads do. So reads that follow each other without a pause are
 * one transaction. `defer` runs its argument when the code that runs now, and
 * every promise that it settles, is through: nothing can have been heard of
 * another process meanwhile.
 */
export function createSharedReads(connection: Database, defer: (body: () => void) => void): SharedReads {
  let isShared = false;
  let isWriting = false;
  const end = (): void => {
    if (!isShared) return;
    isShared = false;
    try {
      connection.run("COMMIT");
    } catch {
      // An error (of the disk, of memory) has ended it already.
    }
  };
  const share = (): Database => {
    if (isShared || isWriting) return connection;
    connection.run("BEGIN");
    isShared = true;
    defer(end);
    return connection;
  };
  const alone = (): Database => {
    end();
    return connection;
  };
  const whileWriting = <T>(body: () => T): (() => T) => () => {
    isWriting = true;
    try {
      return body();
    } finally {
      isWriting = false;
    }
  };
  return {
    reads: {
      get: (sql, ...values) => share().get(sql, ...values),
      all: (sql, ...values) => share().all(sql, ...values),
      look: (sql, ...values) => connection.get(sql, ...values),
    },
    database: {
      get: (sql, ...values) => alone().get(sql, ...values),
      all: (sql, ...values) => alone().all(sql, ...values),
      run: (sql, ...values) => alone().run(sql, ...values),
      insert: (sql, ...values) => alone().insert(sql, ...values),
      exec: (sql) => alone().exec(sql),
      transaction: (body) => alone().transaction(whileWriting(body)),
      tryTransaction: (body, manner) => alone().tryTransaction(whileWriting(body), manner),
      close: () => alone().close(),
    },
  };
}
