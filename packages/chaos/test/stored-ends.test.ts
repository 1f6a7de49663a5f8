import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { readStoredEnds } from "../src/world/stored-ends.ts";

it("how turns ended is read by the nonce of their message, and what has not ended is absent", () => {
  const home = mkdtempSync(join(tmpdir(), "omni-test-"));
  try {
    mkdirSync(join(home, "state"));
    const database = new DatabaseSync(join(home, "state", "omni.db"));
    database.exec(`
      CREATE TABLE turn (seq INTEGER PRIMARY KEY, status TEXT, ended_at REAL);
      CREATE TABLE input (turn INTEGER, body TEXT);
      INSERT INTO turn VALUES (1, 'completed', 5), (2, 'running', NULL);
      INSERT INTO input VALUES (1, '{"text":"m-000001 rounds[] parts[1]"}'), (2, '{"text":"m-000002 rounds[] parts[1]"}');
    `);
    database.close();
    expect([...readStoredEnds(home)]).toEqual([["m-000001", "completed"]]);
  } finally {
    rmSync(home, { recursive: true });
  }
});
