import { execFile } from "node:child_process";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import type { Memory } from "@omni/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MemoryHome } from "./memory-home.ts";
import { createMemoryHome } from "./memory-home.ts";

const scope = { scope: "user", owner: "me" } as const;

let home: MemoryHome;
let copy: string;
beforeEach(async () => {
  home = createMemoryHome();
  copy = join(home.path, "..", "copy");
  await mkdir(copy);
});
afterEach(() => home.dispose());

async function store(memory: Memory, texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((text, at) => memory.store({ kind: "fact", id: text.slice(0, 20), text, at, source: { trusted: true }, scope })));
}

async function textsOf(memory: Memory): Promise<readonly string[]> {
  return (await memory.list({ scopes: [scope], limit: 100 })).map(({ text }) => text.slice(0, 20)).toSorted();
}

describe("a copy of a memory", () => {
  it("is for its owner only, and holds nothing of what was forgotten", async () => {
    const memory = home.open();
    await store(memory, ["unmistakable words", "others"]);
    await memory.forget(["unmistakable words"]);
    await memory.backup?.(copy);
    expect((await stat(join(copy, "memory.db"))).mode & 0o777).toBe(0o600);
    expect((await readFile(join(copy, "memory.db"))).includes("unmistakable")).toBe(false);
    expect(await textsOf(await home.openCopy(copy))).toEqual(["others"]);
  });

  it("is made and restored by a memory that works in a thread of its own", async () => {
    const memory = home.open({ thread: "worker" });
    await store(memory, ["first"]);
    await memory.backup?.(copy);
    expect(await memory.check?.()).toEqual({ ok: true, detail: "integrity check passed" });
    await store(memory, ["second"]);
    await memory.restore?.(copy);
    expect(await textsOf(home.open())).toEqual(["first"]);
    await expect(memory.stats()).rejects.toMatchObject({ code: "memory.failed" });
  });

  it("that is damaged, or of a newer version, is refused, and everything is as it was", async () => {
    const memory = home.open();
    await store(memory, ["present"]);
    await memory.backup?.(copy);
    const file = join(copy, "memory.db");
    const whole = await readFile(file);
    whole.fill(0xff, 24_576, 32_768);
    await writeFile(file, whole);
    await expect(memory.restore?.(copy)).rejects.toMatchObject({ code: "memory.failed", message: expect.stringContaining("damaged") });
    await rm(file);
    const again = home.open();
    await again.backup?.(copy);
    new Database(file).exec("PRAGMA user_version = 999").close();
    await expect(again.restore?.(copy)).rejects.toMatchObject({ code: "memory.failed", message: expect.stringContaining("newer") });
    expect(await textsOf(home.open())).toEqual(["present"]);
  });

  it("that is being restored when the process is killed is restored whole or not at all", async () => {
    const large = Array.from({ length: 40 }, (_, index) => `${index} ${"some words to fill pages with ".repeat(600)}`);
    const memory = home.open();
    await store(memory, large);
    await memory.backup?.(copy);
    await memory.forget(large.map((text) => text.slice(0, 20)));
    await store(memory, ["present"]);
    await memory.close();
    const child = fileURLToPath(new URL("restore-kill-child.ts", import.meta.url));
    const signal = await new Promise((resolve) => execFile(process.execPath, ["--conditions=@omni/source", child, home.path, copy], (error) => resolve(error?.signal)));
    expect(signal).toBe("SIGKILL");
    const after = home.open();
    expect(await textsOf(after)).toEqual(["present"]);
    expect(await after.check?.()).toMatchObject({ ok: true });
    await after.restore?.(copy);
    expect((await textsOf(home.open())).length).toBe(40);
  });

  it("of a damaged memory is not needed to see the damage", async () => {
    const memory = home.open();
    await store(memory, Array.from({ length: 50 }, (_, index) => `note ${index}`));
    await memory.close();
    const whole = await readFile(home.path);
    whole.fill(0xff, 24_576, 32_768);
    await writeFile(home.path, whole);
    expect(await home.open().check?.()).toMatchObject({ ok: false });
  });
});
