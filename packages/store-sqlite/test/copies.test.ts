import { execFile } from "node:child_process";
import { cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import type { Store } from "@omni/core";
import { createCountingRandom, createFakeHost } from "@omni/testkit/fakes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoreHome } from "./store-home.ts";
import { begin, makeStoreHome, turnEnd } from "./store-home.ts";
import { createSqliteStore, sqliteStoreOptions } from "../src/index.ts";
import { versionOneSql } from "./version-one.ts";

let home: StoreHome;
let copy: string;
beforeEach(async () => {
  home = makeStoreHome();
  copy = join(home.state, "copy");
  await mkdir(copy);
});
afterEach(() => home.dispose());

/** A store with one ended turn whose answer is the word. */
async function fill(word: string): Promise<Store> {
  const store = await home.open();
  const me = await store.join({ kind: "test", pid: 1 });
  const fence = await begin(store, me.id, word);
  await store.append(word, fence, [turnEnd(word, "test:one", `answer ${word}`)]);
  await me.leave();
  return store;
}

async function backUp(store: Store): Promise<void> {
  await store.backup?.(copy);
}

/** Turns that a store has, opened as the next process does. */
async function known(state: string): Promise<readonly string[]> {
  const host = createFakeHost({ paths: { home: state, state, workspace: state }, random: createCountingRandom(9) });
  const store = await createSqliteStore(sqliteStoreOptions.parse({}), host);
  try {
    expect(await store.check()).toMatchObject({ ok: true });
    return (await store.turns("test:one", { limit: 10 })).map(({ input }) => input.turnId);
  } finally {
    await store.close();
  }
}

function restoreInChild(state: string, last: number): Promise<number | undefined> {
  const child = fileURLToPath(new URL("restore-kill-child.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["--conditions=@omni/source", child, state, copy, String(last)], (error, stdout, stderr) => {
      if (error === null) resolve(Number(stdout));
      else if (error.signal === "SIGKILL") resolve(undefined);
      else reject(new Error(stderr));
    });
  });
}

describe("a copy", () => {
  it("is for its owner only, and holds nothing of what was erased", async () => {
    const store = await fill("unmistakable");
    const erased = Buffer.from("answer unmistakable");
    await backUp(store);
    expect((await stat(join(copy, "omni.db"))).mode & 0o777).toBe(0o600);
    expect((await readFile(join(copy, "omni.db"))).includes(erased)).toBe(true);
    await store.deleteSession("test:one", 1);
    const second = join(home.state, "second");
    await mkdir(second);
    await store.backup?.(second);
    expect((await readFile(join(second, "omni.db"))).includes(erased)).toBe(false);
  });

  it("is made while another process is in the middle of writing, and without what that has not committed", async () => {
    const store = await fill("committed");
    const other = new Database(home.database);
    other.exec("BEGIN IMMEDIATE; DELETE FROM tombstone; UPDATE session SET total_turns = 99");
    await backUp(store);
    other.exec("ROLLBACK");
    other.close();
    expect(await known(copy)).toEqual(["committed"]);
  });

  it("of an older version is brought up to date before it is restored", async () => {
    const store = await fill("present");
    new Database(join(copy, "omni.db")).exec(versionOneSql).close();
    await store.restore?.(copy);
    expect(await store.turn("present")).toBeUndefined();
    expect(await store.turn("t1")).toMatchObject({ status: "completed" });
    expect(await store.getDocument("access-token", "abc")).toMatchObject({ value: { name: "ci" } });
  });

  it("that is damaged, or of a newer version, is refused, and everything is as it was", async () => {
    const store = await fill("present");
    await backUp(store);
    new Database(join(copy, "omni.db")).exec("PRAGMA user_version = 999").close();
    await expect(store.restore?.(copy)).rejects.toMatchObject({ code: "store.newer" });
    await writeFile(join(copy, "omni.db"), "no database");
    await expect(store.restore?.(copy)).rejects.toMatchObject({ code: "store.corrupt" });
    expect(await store.turn("present")).toMatchObject({ status: "completed" });
  });

  it("takes the place of what was there without a trace of it in the file or its log", async () => {
    const store = await fill("first");
    await backUp(store);
    const me = await store.join({ kind: "test", pid: 1 });
    const fence = await begin(store, me.id, "second");
    await store.append("second", fence, [turnEnd("second", "test:one", "unmistakable")]);
    await me.leave();
    await store.restore?.(copy);
    for (const file of [home.database, `${home.database}-wal`]) expect((await readFile(file)).includes("unmistakable")).toBe(false);
  });

  it("that is being restored when the process is killed is restored whole or not at all", { timeout: 60_000 }, async () => {
    const store = await fill("first");
    await backUp(store);
    await store.close();
    // Closed by the last who has it open, the file has all of it and there is no log.
    await (await fill("second")).close();
    const inFolder = async (name: string, last: number): Promise<{ readonly steps: number | undefined; readonly turns: readonly string[] }> => {
      const state = join(home.state, name);
      await mkdir(state);
      await cp(home.database, join(state, "omni.db"));
      const steps = await restoreInChild(state, last);
      return { steps, turns: await known(state) };
    };
    const { steps = 0, turns: after } = await inFolder("whole", 0);
    expect(after).toEqual(["first"]);
    const killed = await Promise.all([0.45, 0.7, 0.8].map(async (share) => inFolder(`killed-${share}`, Math.round(steps * share))));
    for (const each of killed) {
      expect(each.steps).toBeUndefined();
      expect([["second", "first"], ["first"]]).toContainEqual(each.turns);
    }
    expect(killed[0]?.turns).toEqual(["second", "first"]);
  });
});
