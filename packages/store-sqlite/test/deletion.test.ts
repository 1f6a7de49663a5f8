import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "@omni/core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoreHome } from "./store-home.ts";
import { begin, makeStoreHome, newTurn, step, turnEnd } from "./store-home.ts";

/** Fills every place where content of a session lies, rows of many sizes from many sessions in between. */
async function bring(store: Store, instanceId: string, turnId: string, session: { readonly id: string; readonly marker: string; readonly size: number }): Promise<void> {
  const { id, marker, size } = session;
  await store.accept({ ...newTurn(turnId, id, `${marker} asks ${"q".repeat(size % 300)}`), idempotency: { key: `key ${turnId}`, bodyHash: "h" } });
  const claim = await store.claim(turnId, instanceId);
  if (claim.result !== "claimed") throw new Error(claim.result);
  await store.append(turnId, claim.fence, [step(`${marker} works ${"s".repeat((size * 7) % 2_000)}`)]);
  const row = { id: `o-${turnId}`, turnId, part: 0, channel: "test", conversation: `${marker} talks`, kind: "final", body: `${marker} hears ${"b".repeat(size % 200)}`, state: "pending", receipt: null, attempts: 0 } as const;
  await store.append(turnId, claim.fence, [turnEnd(turnId, id, `${marker} ends ${"e".repeat((size * 3) % 500)}`)], [row]);
  await store.updateOutbox(row.id, { state: "sent", receipt: "r".repeat(40), attempts: 1 });
  if (size % 5 === 0) await store.putText(id, turnId, `${marker} `.repeat(5_000));
}

describe("deleting a session", () => {
  let home: StoreHome;
  beforeEach(() => {
    home = makeStoreHome();
  });
  afterEach(() => home.dispose());

  const filesWith = (marker: string, folder = home.state): readonly string[] =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(folder, name)).isFile() && readFileSync(join(folder, name)).includes(marker));

  it("takes every byte of its content out of every file, session after session", async () => {
    const store = await home.open();
    const me = await store.join({ kind: "test", pid: 1 });
    const markers = Array.from({ length: 12 }, (_, index) => `PLANTED${index}END`);
    for (let round = 0; round < 15; round++) {
      for (const [index, marker] of markers.entries()) await bring(store, me.id, `t${round}.${index}`, { id: `test:${index}`, marker, size: round * 37 + index * 11 });
    }
    for (const marker of markers) expect(filesWith(marker)).not.toEqual([]);
    for (const index of [7, 0, 11, 3, 5, 1, 9, 2]) {
      expect(await store.deleteSession(`test:${index}`, 9)).toBe(true);
      expect(filesWith(markers[index] ?? "")).toEqual([]);
    }
    expect(filesWith(markers[4] ?? "")).not.toEqual([]);
    expect(await store.check()).toMatchObject({ ok: true });
    expect(await store.session("test:4")).toMatchObject({ totalTurns: 15 });
  });

  it("leaves a tombstone whose hash depends on everything that was erased", async () => {
    const hashes: unknown[] = [];
    for (const change of ["", "input", "event", "text"]) {
      const one = makeStoreHome();
      const store = await one.open();
      const fence = await begin(store, (await store.join({ kind: "test", pid: 1 })).id, "t1");
      if (change === "event") await store.append("t1", fence, [step("more")]);
      await store.append("t1", fence, [turnEnd("t1", "test:one", change === "input" ? "other" : "done")]);
      await store.putText("test:one", "t1", change === "text" ? "changed" : "as it was");
      await store.deleteSession("test:one", 77);
      await store.close();
      const raw = new Database(one.database, { readonly: true });
      const rows = raw.prepare<unknown[], { session_id: string; deleted_at: number; turns: number; hash: string }>("SELECT session_id, deleted_at, turns, hash FROM tombstone").all();
      raw.close();
      expect(rows).toMatchObject([{ session_id: "test:one", deleted_at: 77, turns: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string }]);
      hashes.push(rows[0]?.hash);
      await one.dispose();
    }
    expect(new Set(hashes).size).toBe(4);
  });

  it("takes copies made before updates with it, what was left of an unfinished one too", async () => {
    const store = await home.open();
    await store.accept(newTurn("t1"));
    await store.cancelQueued("t1", 1);
    const backups = join(home.state, "backups");
    mkdirSync(join(backups, "a folder"), { recursive: true });
    const copies = ["omni-v1-1.db", "omni-v1-1.db-wal", "omni-v1-1-A-B.partial", "omni-v1-1-A-B.partial-journal"];
    for (const copy of copies) writeFileSync(join(backups, copy), "hello");
    await store.deleteSession("test:none", 1);
    expect(readdirSync(backups)).toEqual(["a folder", ...copies].sort());
    await store.deleteSession("test:one", 1);
    expect(readdirSync(backups)).toEqual(["a folder"]);
  });

  it("erases at once, and says in the log when another reader keeps the files from being rewritten", async () => {
    const store = await home.open({}, 0);
    await store.accept(newTurn("t1", "test:one", "PLANTED"));
    await store.cancelQueued("t1", 1);
    const reader = new Database(home.database, { readonly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM turn").get();
    expect(await store.deleteSession("test:one", 1)).toBe(true);
    expect(await store.session("test:one")).toBeUndefined();
    expect(home.host.log.lines.map((line) => line.level)).toContain("warn");
    reader.exec("COMMIT");
    reader.close();
    await store.close();
    expect(filesWith("PLANTED")).toEqual([]);
  });
});
