import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoreHome } from "./store-home.ts";
import { deletionSql, eraseSql } from "../src/erase.ts";
import { documentSql } from "../src/documents.ts";
import { intakeSql } from "../src/intake.ts";
import { makeStoreHome } from "./store-home.ts";
import { outboxSql } from "../src/outbox.ts";
import { sessionSql } from "../src/sessions.ts";
import { textSql } from "../src/texts.ts";
import { turnReaderSql } from "../src/turn-reader.ts";
import { turnWriterSql } from "../src/turn-writer.ts";

const groups: Readonly<Record<string, Readonly<Record<string, string>>>> = { intakeSql, turnWriterSql, turnReaderSql, sessionSql, outboxSql, textSql, documentSql, deletionSql, erase: Object.fromEntries(eraseSql.map((sql, index) => [`${index}`, sql])) };
const statements = Object.entries(groups).flatMap(([group, sqls]) => Object.entries(sqls).map(([name, sql]) => ({ name: `${group}.${name}`, sql })));

/** Indexes that hold only what is open; walking one costs what is open, not what was. */
const small = /^SCAN turn USING (COVERING )?INDEX turn_open$/;

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
    return raw.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values).map((row) => row.detail);
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
});
