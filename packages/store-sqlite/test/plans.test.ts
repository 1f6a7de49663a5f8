import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoreHome } from "./store-home.ts";
import { createDatabase, toSteady } from "../src/database.ts";
import { deletionSql, eraseSql } from "../src/erase.ts";
import { documentSql } from "../src/documents.ts";
import { intakeSql } from "../src/intake.ts";
import { makeStoreHome } from "./store-home.ts";
import { outboxSql } from "../src/outbox.ts";
import { scrubMarkSql } from "../src/scrub-mark.ts";
import { sessionSql } from "../src/sessions.ts";
import { textSql } from "../src/texts.ts";
import { turnReaderSql } from "../src/turn-reader.ts";
import { turnWriterSql } from "../src/turn-writer.ts";

const groups: Readonly<Record<string, Readonly<Record<string, string>>>> = { intakeSql, turnWriterSql, turnReaderSql, sessionSql, outboxSql, textSql, documentSql, deletionSql, scrubMarkSql, erase: Object.fromEntries(eraseSql.map((sql, index) => [`${index}`, sql])) };
const statements = Object.entries(groups).flatMap(([group, sqls]) => Object.entries(sqls).map(([name, sql]) => ({ name: `${group}.${name}`, sql })));

/** Indexes that hold only what is open; walking one costs what is open, not what was. A list that the caller gives is walked as well. */
const small = /^SCAN (turn USING (COVERING )?INDEX turn_open|json_each VIRTUAL TABLE INDEX 1:)$/;

describe("query plans", () => {
  let home: StoreHome;
  let raw: Database.Database;
  beforeAll(async () => {
    home = makeStoreHome();
    await (await home.open()).close();
    raw = new Database(home.database);
  });
  afterAll(async () => {
    raw.close();
    await home.dispose();
  });

  const planOf = (sql: string): readonly string[] => {
    const values = Array.from({ length: sql.split("?").length - 1 }, () => 1);
    return raw.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${toSteady(sql)}`).all(...values).map((row) => row.detail);
  };

  it.each(statements)("$name walks no table", ({ sql }) => {
    const walks = planOf(sql).filter((line) => line.startsWith("SCAN") && !small.test(line));
    expect(walks.filter((line) => line !== "SCAN CONSTANT ROW")).toEqual([]);
  });

  it("are looked at with a look that sees a walk", () => {
    expect(planOf("SELECT * FROM turn WHERE status = 'queued'")).toEqual(["SCAN turn"]);
  });

  it("find the newest turns and the slots by index, without sorting", () => {
    for (const sql of [turnReaderSql.newest, turnReaderSql.before, sessionSql.slots, sessionSql.latest, turnReaderSql.events]) {
      expect(planOf(sql).filter((line) => line.includes("TEMP B-TREE"))).toEqual([]);
    }
  });

  it("are made once: no parameter is compared bare, which SQLite would compile anew for each value", () => {
    const prepared: string[] = [];
    const statement = { run: () => ({ changes: 0, lastInsertRowid: 0 }), get: () => undefined, all: () => [] };
    const database = createDatabase({ prepare: (sql) => (prepared.push(sql), statement), exec: () => undefined, close: () => undefined }, "here");
    for (const { sql } of statements) database.get(sql);
    expect(prepared).toHaveLength(new Set(statements.map(({ sql }) => sql)).size);
    expect(prepared.filter((sql) => /[=<>] *\?/.test(sql))).toEqual([]);
  });
});
