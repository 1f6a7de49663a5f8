import { fromExactText, toExactText } from "./exact-text.ts";
import { toMemoryError } from "./memory-error.ts";

/** What a column can hold. */
export type SqlValue = string | number | null | Uint8Array;

/** The part of a prepared statement that is used. */
export interface SqlStatement {
  run(...values: SqlValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
  pluck(isOn: boolean): SqlStatement;
}

/** The part of a connection that is used; better-sqlite3 has it. */
export interface SqlConnection {
  prepare(sql: string): SqlStatement;
  exec(sql: string): unknown;
  close(): unknown;
}

/** A SQLite library. Its errors carry SQLite's extended result code by name in `code`. */
export interface SqlDriver {
  open(path: string, options: { readonly timeoutMs: number }): SqlConnection;
}

/**
 * A connection with what every caller needs: statements prepared once and
 * when first used, exact strings both ways, errors of Omni. `Row` is what the
 * caller's SQL selects; the tables are STRICT, so its types hold.
 */
export interface Database {
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SqlValue[]): readonly Row[];
  /** The first column of every row, as it lies in the file: for numbers, blobs and words, where nothing is escaped. */
  column<Value extends SqlValue>(sql: string, ...values: SqlValue[]): readonly Value[];
  /** Rows as they lie in the file: for tables whose texts are words. */
  rows<Row>(sql: string, ...values: SqlValue[]): readonly Row[];
  /** Returns how many rows changed. */
  run(sql: string, ...values: SqlValue[]): number;
  /** Returns the row's number. */
  insert(sql: string, ...values: SqlValue[]): number;
  exec(sql: string): void;
  /** Runs `body` in one write transaction: all of it is committed, or nothing is. Not nested. */
  transaction<Result>(body: () => Result): Result;
  close(): void;
}

/** Wraps a connection; `where` names it in errors. */
export function createDatabase(connection: SqlConnection, where: string): Database {
  const statements = new Map<string, SqlStatement>();
  const attempt = <Result>(body: () => Result): Result => {
    try {
      return body();
    } catch (error) {
      throw toMemoryError(error, where);
    }
  };
  const prepare = (sql: string, isPlucked = false): SqlStatement => {
    const key = isPlucked ? `1 ${sql}` : sql;
    const known = statements.get(key);
    if (known !== undefined) return known;
    const statement = isPlucked ? connection.prepare(toSteady(sql)).pluck(true) : connection.prepare(toSteady(sql));
    statements.set(key, statement);
    return statement;
  };
  const transaction = <Result>(body: () => Result): Result => {
    attempt(() => prepare("BEGIN IMMEDIATE").run());
    try {
      const result = body();
      attempt(() => prepare("COMMIT").run());
      return result;
    } catch (error) {
      undo(prepare);
      throw error;
    }
  };
  return {
    get: <Row>(sql: string, ...values: SqlValue[]) => attempt(() => fromSql(prepare(sql).get(...values.map(toSql))) as Row | undefined),
    all: <Row>(sql: string, ...values: SqlValue[]) => attempt(() => prepare(sql).all(...values.map(toSql)).map(fromSql) as Row[]),
    column: <Value extends SqlValue>(sql: string, ...values: SqlValue[]) => attempt(() => prepare(sql, true).all(...values) as Value[]),
    rows: <Row>(sql: string, ...values: SqlValue[]) => attempt(() => prepare(sql).all(...values) as Row[]),
    run: (sql, ...values) => attempt(() => Number(prepare(sql).run(...values.map(toSql)).changes)),
    insert: (sql, ...values) => attempt(() => Number(prepare(sql).run(...values.map(toSql)).lastInsertRowid)),
    exec: (sql) => attempt(() => void connection.exec(sql)),
    transaction,
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

/** Some errors (a full disk among them) have rolled back already, and then there is nothing to undo. */
function undo(prepare: (sql: string) => SqlStatement): void {
  try {
    prepare("ROLLBACK").run();
  } catch {
    return;
  }
}

function toSql(value: SqlValue): SqlValue {
  return typeof value === "string" ? toExactText(value) : value;
}

function fromSql(row: unknown): unknown {
  if (typeof row !== "object" || row === null) return undefined;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === "string" ? fromExactText(value) : value]));
}
