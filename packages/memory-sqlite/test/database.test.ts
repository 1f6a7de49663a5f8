import { describe, expect, it } from "vitest";
import { createDatabase } from "../src/database.ts";

describe("a statement", () => {
  it("is made once and compares no parameter bare, which SQLite would compile anew for each value", () => {
    const prepared: string[] = [];
    const statement = { run: () => ({ changes: 0, lastInsertRowid: 0 }), get: () => undefined, all: () => [], pluck: () => statement };
    const database = createDatabase({ prepare: (sql) => (prepared.push(sql), statement), exec: () => undefined, close: () => undefined }, "here");
    for (let count = 0; count < 2; count += 1) {
      database.all("SELECT * FROM episode JOIN body ON body.episode = episode.seq WHERE episode.seq = ? AND q <= ? ORDER BY seq LIMIT ?", 1, 2, 3);
      database.run("INSERT INTO vector VALUES (?, ?)", 1, 2);
    }
    expect(prepared).toEqual(["SELECT * FROM episode JOIN body ON body.episode = episode.seq WHERE episode.seq = +? AND q <= +? ORDER BY seq LIMIT ?", "INSERT INTO vector VALUES (?, ?)"]);
  });
});
