import { toStoreError } from "./store-error.ts";
import { fromExactText, isEscaped, toExactText } from "./exact-text.ts";

/** What a column can hold. */
export type SqlValue = string | number | null | Uint8Array;

/** The part of a prepared statement that is used; better-sqlite3 and node:sqlite both have it. */
export interface SqlStatement {
  run(...values: SqlValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

/** The part of a connection that is used. */
export interface SqlConnection {
  prepare(sql: string): SqlStatement;
  exec(sql: string): unknown;
  close(): unknown;
}

/** How a file is opened. */
export interface SqlOpenOptions {
  readonly readonly?: boolean;
  /** How long a statement waits for a lock, in milliseconds. */
  readonly timeoutMs: number;
}

/** A SQLite library. Its errors carry SQLite's extended result code by name in `code` (`SQLITE_IOERR_WRITE`). */
export interface SqlDriver {
  open(path: string, options: SqlOpenOptions): SqlConnection;
}

/** How a transaction goes to the disk. */
export interface TransactionManner {
  /** A power cut soon after may undo it; other processes see it at once, and the end of this one undoes nothing. */
  readonly isQuick: boolean;
}

/**
 * A connection with what every caller needs: statements prepared once and
 * when first used, exact strings both ways, errors of Omni. `Row` is what the
 * caller's SQL selects; the columns are of STRICT tables, so their types hold.
 */
export interface Database {
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SqlValue[]): readonly Row[];
  /** Returns how many rows changed. */
  run(sql: string, ...values: SqlValue[]): number;
  /** Returns the number of the new row; a RETURNING clause takes as long as the insert itself. */
  insert(sql: string, ...values: SqlValue[]): number;
  /** Runs statements without values or results. */
  exec(sql: string): void;
  /** Runs `body` in one write transaction: all of it is committed, or nothing is. Where somebody else writes it waits, blocking, for as long as the connection was opened to. Not nested. */
  transaction<T>(body: () => T): T;
  /** Like `transaction`, but where somebody else writes it throws `store.busy` at once and waits for nothing. */
  tryTransaction<T>(body: () => T, manner: TransactionManner): T;
  close(): void;
}

/** Wraps a connection; `where` names it in errors. */
export function createDatabase(connection: SqlConnection, where: string): Database {
  const statements = new Map<string, SqlStatement>();
  const attempt = <T>(body: () => T): T => {
    try {
      return body();
    } catch (error) {
      throw toStoreError(error, where);
    }
  };
  const prepare = (sql: string): SqlStatement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(toSteady(sql));
    statements.set(sql, statement);
    return statement;
  };
  const run = (sql: string, ...values: SqlValue[]): number => attempt(() => Number(prepare(sql).run(...toSql(values)).changes));
  const exec = (sql: string): void => attempt(() => void connection.exec(sql));
  let patience: number | undefined;

  const transaction = <T>(body: () => T): T => {
    run("BEGIN IMMEDIATE");
    try {
      const result = body();
      run("COMMIT");
      return result;
    } catch (error) {
      undo(prepare);
      throw error;
    }
  };

  return {
    get: <Row>(sql: string, ...values: SqlValue[]) => attempt(() => fromSql(prepare(sql).get(...toSql(values))) as Row | undefined),
    all: <Row>(sql: string, ...values: SqlValue[]) => attempt(() => prepare(sql).all(...toSql(values)).map(fromSql) as Row[]),
    run,
    insert: (sql, ...values) => attempt(() => Number(prepare(sql).run(...toSql(values)).lastInsertRowid)),
    exec,
    transaction,
    tryTransaction(body, { isQuick }) {
      const timeoutMs = (patience ??= readPatience(connection));
      exec("PRAGMA busy_timeout = 0");
      if (isQuick) run("PRAGMA synchronous = NORMAL");
      try {
        return transaction(body);
      } finally {
        if (isQuick) run("PRAGMA synchronous = FULL");
        exec(`PRAGMA busy_timeout = ${timeoutMs}`);
      }
    },
    close: () => attempt(() => void connection.close()),
  };
}

/**
 * The statement with `+?` for each bare parameter of a comparison. SQLite takes
 * the values of bare ones into account when it compiles, and so compiles a
 * statement anew at each run where they are in a join or beside an ORDER BY,
 * which takes three times as long as running it.
 */
export function toSteady(sql: string): string {
  return sql.replaceAll(/(?<=[=<>] )\?/g, "+?");
}

/** How long statements of the connection wait for a lock, in milliseconds. */
function readPatience(connection: SqlConnection): number {
  const row = connection.prepare("PRAGMA busy_timeout").get();
  return typeof row === "object" && row !== null && "timeout" in row ? Number(row.timeout) : 0;
}

/** Some errors (a full disk among them) have rolled back already, and then there is nothing to undo. */
function undo(prepare: (sql: string) => SqlStatement): void {
  try {
    prepare("ROLLBACK").run();
  } catch {
    return;
  }
}

/** The values as a column keeps them; in place, for they are the caller's arguments and nobody else's. */
function toSql(values: SqlValue[]): SqlValue[] {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (typeof value === "string") values[index] = toExactText(value);
  }
  return values;
}

/** The row as it was written; in place, for it is made anew at each read. */
function fromSql(row: unknown): unknown {
  if (typeof row !== "object" || row === null) return undefined;
  const columns = row as Record<string, unknown>;
  for (const name in columns) {
    const value = columns[name];
    if (typeof value === "string" && isEscaped(value)) columns[name] = fromExactText(value);
  }
  return row;
}
