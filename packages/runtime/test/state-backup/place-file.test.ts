import { link, lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { RestoreRecord } from "../../src/state-backup/restore-record.ts";
import { moveDamaged } from "../../src/state-backup/apply-restore.ts";
import { moveNew } from "../../src/state-backup/place-file.ts";
import { useTemporaryFolders } from "../host/temporary-folder.ts";

const makeFolder = useTemporaryFolders();

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});

const at = (...names: readonly string[]): string => join(folder, ...names);
const read = (...names: readonly string[]): Promise<string> => readFile(at(...names), "utf8");

describe("moving to a new name", () => {
  it("moves a file, and a folder with what is in it", async () => {
    await writeFile(at("file"), "one");
    await mkdir(at("folder"));
    await writeFile(at("folder", "inner"), "two");
    expect([await moveNew(at("file"), at("moved")), await moveNew(at("folder"), at("other"))]).toEqual([true, true]);
    expect([await read("moved"), await read("other", "inner"), await readdir(folder)]).toEqual(["one", "two", ["moved", "other"]]);
    await expect(moveNew(at("file"), at("again"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("replaces nothing, neither a file nor a folder, and leaves what was to be moved", async () => {
    for (const name of ["fresh", "kept"]) {
      await writeFile(at(`${name} file`), name);
      await mkdir(at(`${name} folder`));
      await writeFile(at(`${name} folder`, "inner"), name);
    }
    for (const kind of ["file", "folder"]) expect(await moveNew(at(`fresh ${kind}`), at(`kept ${kind}`))).toBe(false);
    for (const name of ["fresh", "kept"]) expect([await read(`${name} file`), await read(`${name} folder`, "inner")]).toEqual([name, name]);
  });

  it("replaces nothing either where many do so at the same moment", async () => {
    const names = Array.from({ length: 32 }, (_, index) => `file ${index}`);
    for (const name of names) await writeFile(at(name), name);
    const moved = await Promise.all(names.map((name) => moveNew(at(name), at("moved"))));
    expect(moved.filter(Boolean)).toHaveLength(1);
    expect(await read("moved")).toBe(names[moved.indexOf(true)]);
    expect(await readdir(folder)).toHaveLength(32);
  });

  it("goes on where it was killed between the new name and the end of the old one", async () => {
    await writeFile(at("file"), "one");
    await link(at("file"), at("moved"));
    expect(await moveNew(at("file"), at("moved"))).toBe(true);
    expect([await read("moved"), await readdir(folder)]).toEqual(["one", ["moved"]]);
  });
});

describe("what is damaged", () => {
  const record: RestoreRecord = { folder: "restore-1", memory: false, files: null, damaged: { names: ["omni.db", "backups", "gone"], folder: "before-restore-1" } };

  it("is moved away, and what has its name afterwards is left alone by whoever moves it once more", async () => {
    await writeFile(at("omni.db"), "damaged");
    await mkdir(at("backups"));
    await writeFile(at("backups", "copy.db"), "copy");
    await moveDamaged(record, folder);
    expect(await readdir(folder)).toEqual(["before-restore-1"]);
    await writeFile(at("omni.db"), "fresh");
    await mkdir(at("backups"));
    await moveDamaged(record, folder);
    expect([await read("omni.db"), await read("before-restore-1", "omni.db"), await read("before-restore-1", "backups", "copy.db")]).toEqual(["fresh", "damaged", "copy"]);
    expect((await lstat(at("backups"))).isDirectory()).toBe(true);
  });
});
