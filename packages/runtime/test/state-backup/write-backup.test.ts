import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "@omni/core";
import { createArrayMemory, createCountingRandom, createFakeHost, createMapStore } from "@omni/testkit/fakes";
import { beforeEach, describe, expect, it } from "vitest";
import type { BackupWish, WrittenBackup } from "../../src/state-backup/write-backup.ts";
import type { Config } from "../../src/config/config.ts";
import type { Keepers } from "../../src/state-backup/keepers.ts";
import { createConsolidationRecords } from "../../src/consolidation/consolidation-record.ts";
import { readArchive } from "../../src/state-backup/read-archive.ts";
import { useTemporaryFolders } from "../host/temporary-folder.ts";
import { writeBackup } from "../../src/state-backup/write-backup.ts";

const makeFolder = useTemporaryFolders();

let home: string;
let target: string;
let log: string[];
beforeEach(async () => {
  home = await makeFolder();
  target = await makeFolder();
  log = [];
});

/** Parts that copy themselves as one file each and say so; `during` runs while the store is copied. */
function createKeepers(during: (store: Store) => Promise<unknown> = async () => undefined): Keepers {
  const store = createMapStore();
  const copy = (name: string, then: () => Promise<unknown>) => async (folder: string): Promise<void> => {
    log.push(name);
    await writeFile(join(folder, `${name}.db`), name, { flag: "wx" });
    await then();
  };
  const restore = async (): Promise<void> => undefined;
  return { store: { ...store, backup: copy("store", () => during(store)), restore }, memory: { ...createArrayMemory(), backup: copy("memory", async () => undefined), restore }, close: async () => undefined };
}

function write(keepers: Keepers, wish: Partial<BackupWish> = {}): Promise<WrittenBackup> {
  const paths = { home, state: join(home, "state"), workspace: join(home, "workspace") };
  const host = createFakeHost({ paths, random: createCountingRandom() });
  const choice = { use: "fake", with: {} };
  const config = { paths, store: choice, memory: choice } as unknown as Config;
  return writeBackup({ keepers, config, host, version: "1.2.3" }, { file: join(target, "b.tar.gz"), force: false, signal: new AbortController().signal, tell: () => undefined, ...wish });
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(join(home, path, ".."), { recursive: true });
  await writeFile(join(home, path), text);
}

describe("a backup", () => {
  it("copies the memory before the store: nothing in it refers to a turn that the store has not", async () => {
    await write(createKeepers());
    expect(log).toEqual(["memory", "store"]);
  });

  it("is copied again when turns were carried into the memory meanwhile, for the store would say so and the memory lack them", async () => {
    let left = 2;
    const keepers = createKeepers(async (store) => {
      if (left-- > 0) await createConsolidationRecords(store).write("cli:default", { through: `t${left}`, summaryId: null, draftId: null }, left === 1 ? 0 : 1);
    });
    const { manifest } = await write(keepers);
    expect(log).toEqual(["memory", "store", "memory", "store", "memory", "store"]);
    expect(manifest.members.map(({ path }) => path)).toEqual(["state/store.db", "state/memory.db"]);
  });

  it("is copied the other way round in the end where that never ends: the memory has all that the store says was carried into it", async () => {
    let count = 0;
    const told: string[] = [];
    const { manifest } = await write(createKeepers((store) => store.putDocument("memory-page", "/", count++)), { tell: (step) => void told.push(step) });
    expect(log).toEqual(["memory", "store", "memory", "store", "memory", "store", "store", "memory"]);
    expect(told).toContain("copying the store before the memory, for turns are carried into that all the time");
    expect(manifest).toMatchObject({ store: { files: ["state/store.db"] }, memory: { files: ["state/memory.db"] } });
  });

  it("without a memory is a copy of the store, made once, whatever is carried meanwhile", async () => {
    const keepers: Keepers = { ...createKeepers((store) => store.putDocument("memory-page", "/", 1)), memory: undefined };
    const { manifest } = await write(keepers);
    expect([log, manifest.store.files]).toEqual([["store"], ["state/store.db"]]);
  });

  it("holds configuration, skills and the page of the home's own workspace, and neither locks, logs nor anything else", async () => {
    for (const path of ["omni.json", "mcp.json", "skills/a/SKILL.md", "skills/a/b/c.txt", "workspace/MEMORY.md", "workspace/other.txt", "state/gateway.lock", "state/logs/omni.log", "notes.txt"]) await put(path, path);
    await chmod(join(home, "skills/a/b/c.txt"), 0o755);
    const { manifest, leftOut, bytes } = await write(createKeepers());
    expect(manifest.members.map(({ path }) => path)).toEqual(["omni.json", "mcp.json", "skills/a/SKILL.md", "skills/a/b/c.txt", "workspace/MEMORY.md", "state/store.db", "state/memory.db"]);
    expect(manifest).toMatchObject({ format: 1, omni: "1.2.3", store: { use: "fake", files: ["state/store.db"] }, memory: { use: "fake", files: ["state/memory.db"] } });
    expect(leftOut).toEqual([]);
    const into = await makeFolder();
    expect(await readArchive(join(target, "b.tar.gz"), into, new AbortController().signal)).toEqual(manifest);
    expect(await readFile(join(into, "skills/a/b/c.txt"), "utf8")).toBe("skills/a/b/c.txt");
    for (const [path, mode] of [["skills/a/b/c.txt", 0o700], ["skills/a/SKILL.md", 0o600]] as const) expect((await stat(join(into, path))).mode & 0o777).toBe(mode);
    const found = await stat(join(target, "b.tar.gz"));
    expect([found.size, found.mode & 0o777]).toEqual([bytes, 0o600]);
    expect(await readdir(target)).toEqual(["b.tar.gz"]);
  });

  it("follows no link in skills, and says which it left out", async () => {
    await put("skills/a/SKILL.md", "a");
    await symlink("/etc/hostname", join(home, "skills/a/link"));
    await symlink("/etc", join(home, "skills/folder"));
    const { manifest, leftOut } = await write(createKeepers());
    expect(leftOut).toEqual(["skills/a/link", "skills/folder"]);
    expect(manifest.members.some(({ path }) => leftOut.includes(path))).toBe(false);
  });

  it("replaces no file that is there, unless that is asked for", async () => {
    await writeFile(join(target, "b.tar.gz"), "precious");
    await expect(write(createKeepers())).rejects.toMatchObject({ code: "usage.invalid" });
    expect(await readFile(join(target, "b.tar.gz"), "utf8")).toBe("precious");
    expect(log).toEqual([]);
    await write(createKeepers(), { force: true });
    expect((await stat(join(target, "b.tar.gz"))).size).toBeGreaterThan(100);
  });

  it("replaces no file that appears while it is being written", async () => {
    await expect(write(createKeepers(() => writeFile(join(target, "b.tar.gz"), "precious")))).rejects.toMatchObject({ code: "usage.invalid" });
    expect(await readFile(join(target, "b.tar.gz"), "utf8")).toBe("precious");
    expect(await readdir(target)).toEqual(["b.tar.gz"]);
  });

  it("leaves nothing where it is stopped, or a part fails, or the folder cannot be written", async () => {
    const stopping = new AbortController();
    const tell = (step: string): void => {
      if (step === "packing") stopping.abort(new Error("stopped"));
    };
    await expect(write(createKeepers(), { signal: stopping.signal, tell })).rejects.toThrow("stopped");
    await expect(write(createKeepers(() => Promise.reject(new Error("broken"))))).rejects.toMatchObject({ code: "usage.invalid" });
    await expect(write(createKeepers(() => Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }))))).rejects.toMatchObject({ code: "files.full" });
    expect(await readdir(target)).toEqual([]);
    await expect(write(createKeepers(), { file: join(target, "none", "b.tar.gz") })).rejects.toMatchObject({ code: "usage.invalid" });
  });

  it("takes away what a killed backup of the same file has left, and nothing else", async () => {
    const left = ".b.tar.gz.01J9ZK3V5W8XQ4T2N7M6R1P0BC.part";
    for (const name of [left, ".c.tar.gz.01J9ZK3V5W8XQ4T2N7M6R1P0BC.part", ".b.tar.gz.mine.part"]) await mkdir(join(target, name, "home"), { recursive: true });
    await write(createKeepers());
    expect((await readdir(target)).toSorted()).toEqual([".b.tar.gz.mine.part", ".c.tar.gz.01J9ZK3V5W8XQ4T2N7M6R1P0BC.part", "b.tar.gz"]);
  });
});
