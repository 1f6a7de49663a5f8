import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Files } from "./archive-fixtures.ts";
import { fill, least, manifestOf, pack, toBytes, withType } from "./archive-fixtures.ts";
import { findClash, isMemberPath } from "../../src/state-backup/member-path.ts";
import { readArchive } from "../../src/state-backup/read-archive.ts";
import { toTarHeader } from "../../src/state-backup/tar-header.ts";
import { useTemporaryFolders } from "../host/temporary-folder.ts";
import { writeArchive } from "../../src/state-backup/write-archive.ts";

const makeFolder = useTemporaryFolders();
const never = new AbortController().signal;

/** Unpacks bytes; gives what lies in the folder beside the archive afterwards too. */
async function unpack(bytes: Uint8Array): Promise<{ readonly read: Promise<unknown>; readonly root: string }> {
  const root = await makeFolder();
  await writeFile(join(root, "archive"), bytes);
  await mkdir(join(root, "into"));
  const read = readArchive(join(root, "archive"), join(root, "into"), never);
  await read.catch(() => undefined);
  return { read, root };
}

/** Everything below a folder with its text. */
async function tree(folder: string): Promise<Files> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.map(async (path) => [path.slice(folder.length + 1), await readFile(path, "utf8")] as const)));
}

async function refuses(bytes: Uint8Array, message: RegExp = /nothing was changed/i): Promise<void> {
  const { read, root } = await unpack(bytes);
  await expect(read).rejects.toMatchObject({ code: "usage.invalid", message: expect.stringMatching(message) });
  expect((await readdir(root)).toSorted()).toEqual(["archive", "into"]);
}

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
const memberPath = fc.array(name, { minLength: 1, maxLength: 6 }).map((parts) => `skills/${parts.join("/")}`).filter(isMemberPath);
const files = fc.dictionary(memberPath, fc.string({ maxLength: 2_000 }), { maxKeys: 6 }).filter((each) => findClash(Object.keys(each)) === undefined);

describe("an archive", () => {
  it("gives back what was packed, whatever the names and the texts", async () => {
    await fc.assert(
      fc.asyncProperty(files, async (more) => {
        const all = { ...least, "omni.json": "{}", ...more };
        const [from, into] = [await makeFolder(), await makeFolder()];
        const manifest = await fill(from, all);
        await writeArchive(join(into, "archive"), from, manifest, never);
        expect(await readArchive(join(into, "archive"), into, never)).toEqual(manifest);
        const { archive: _archive, ...unpacked } = await tree(into);
        expect(unpacked).toEqual(all);
      }),
      { numRuns: 40 },
    );
  });

  it("is for its owner only, packed and unpacked", async () => {
    const [from, into] = [await makeFolder(), await makeFolder()];
    await writeArchive(join(into, "archive"), from, await fill(from, least), never);
    await readArchive(join(into, "archive"), into, never);
    for (const path of ["archive", "state/store.db"]) expect((await stat(join(into, path))).mode & 0o777).toBe(0o600);
  });

  it("that was damaged anywhere is refused, or is as it was", async () => {
    const from = await makeFolder();
    const all = { ...least, "omni.json": '{ "version": 1 }', "skills/one/SKILL.md": "x".repeat(700) };
    await writeArchive(join(from, "archive"), from, await fill(from, all), never);
    const packed = await readFile(join(from, "archive"));
    const bytes = gunzipSync(packed);
    const damage = fc.oneof(
      fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => gzipSync(bytes.map((byte, index) => (index === at ? byte ^ by : byte)))),
      fc.tuple(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => packed.map((byte, index) => (index === at ? byte ^ by : byte))),
      fc.nat(packed.length - 1).map((length) => packed.subarray(0, length)),
      fc.nat(bytes.length - 1).map((length) => gzipSync(bytes.subarray(0, length))),
      fc.tuple(fc.nat(bytes.length), fc.uint8Array({ minLength: 1, maxLength: 600 })).map(([at, put]) => gzipSync(Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at)]))),
      fc.uint8Array({ maxLength: 3_000 }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (damaged) => {
        const { read, root } = await unpack(damaged);
        const ended = await read.then(() => "read", (error: unknown) => (error instanceof Error && "code" in error ? error.code : String(error)));
        if (ended === "read") expect(await tree(join(root, "into"))).toEqual(all);
        else expect(ended).toMatch(/^(usage\.invalid|files\.full)$/);
        expect((await readdir(root)).toSorted()).toEqual(["archive", "into"]);
      }),
      { numRuns: 150 },
    );
  });
});

describe("an archive from a stranger", () => {
  const store = toBytes("state/store.db", "the store");

  it.each([
    "../escaped", "/etc/escaped", "state/../../escaped", "skills/../../escaped", "skills/./a", "skills//a", "state", "state/", "state/a/b", "skills", "skills/a/..",
    "workspace/other.md", "workspace/../omni.json", "gateway.json", "OMNI.json", "state\\store.db", "skills/a\u0000b", "skills/a\nb", `skills/${"a".repeat(256)}`, `skills/${"ab/".repeat(400)}a`, "", ".", "..",
  ])("with a member called %j is refused", async (path) => {
    await refuses(pack(manifestOf({ ...least, [path]: "x" }), [store, toBytes(path, "x")]), /no place in a home/);
  });

  it.each(["1", "2", "3", "4", "5", "6", "7", "L", "K", "S", "g"])("with an entry of type %s is refused", async (type) => {
    const header = toTarHeader({ path: "state/store.db", bytes: 9 }, 0);
    await refuses(pack(manifestOf(least), [withType(header, type), store.subarray(512)]), /no plain file/);
  });

  it.each([
    ["twice", ["omni.json", "omni.json"]],
    ["apart by case", ["skills/a", "skills/A"]],
    ["apart by normalisation", ["skills/\u00e9", "skills/e\u0301"]],
    ["a file and its folder", ["skills/a", "skills/a/b"]],
    ["a folder and its file", ["skills/a/b", "skills/A"]],
  ])("with two members that are one file (%s) is refused", async (_, paths) => {
    const members = [...(manifestOf(least)["members"] as object[]), ...paths.map((path) => ({ path, bytes: 1, sha256: "0".repeat(64) }))];
    await refuses(pack(manifestOf(least, { members }), [store]), /would be one file/);
  });

  it("that holds more, less, or something else than its manifest says is refused", async () => {
    await refuses(pack(manifestOf(least), [store, toBytes("skills/a", "x")]), /more than its manifest/);
    await refuses(pack(manifestOf(least), []), /not where its manifest says/);
    await refuses(pack(manifestOf(least), [toBytes("state/other.db", "the store")]), /not where its manifest says/);
    await refuses(pack(manifestOf(least), [toBytes("state/store.db", "the stork")]), /checksum/);
    await refuses(pack(manifestOf(least), [toBytes("state/store.db", "the stores")]), /not as large/);
    await refuses(gzipSync(Buffer.concat([store, Buffer.alloc(1_024)])), /does not begin with manifest/);
  });

  it("whose manifest is none is refused", async () => {
    for (const broken of ["", "null", "[]", "{}", "7", '{"format":1}', JSON.stringify(manifestOf(least, { format: 0 })), JSON.stringify(manifestOf(least, { members: {} })), JSON.stringify(manifestOf(least, { store: null })), JSON.stringify(manifestOf(least, { createdAt: "yesterday" }))]) {
      await refuses(pack(broken, [store]));
    }
    await refuses(pack(manifestOf(least, { store: { use: "fake", files: [] } }), [store]), /names no copy/);
    await refuses(pack(manifestOf(least, { store: { use: "fake", files: ["state/none.db"] } }), [store]), /names no copy/);
    await refuses(pack(manifestOf(least, { format: 2 }), [store]), /newer Omni/);
    await refuses(pack("x".repeat(5_000_000), [store]), /does not begin with manifest/);
  });

  it("that would fill the disk is refused before the first byte of it is written", async () => {
    const bytes = Number.MAX_SAFE_INTEGER;
    const bomb = pack(manifestOf(least, { members: [{ path: "state/store.db", bytes, sha256: "0".repeat(64) }] }), [toBytes("state/store.db", Buffer.alloc(1_000_000), bytes)]);
    const { read, root } = await unpack(bomb);
    await expect(read).rejects.toMatchObject({ code: "files.full" });
    expect(await readdir(join(root, "into"))).toEqual([]);
  });

  it("that goes on behind its end is refused, with more zeros than any program fills up with too", async () => {
    await refuses(pack(manifestOf(least), [store], Buffer.concat([Buffer.alloc(1_024), Buffer.from("more")])), /follows its end/);
    await refuses(pack(manifestOf(least), [store], Buffer.alloc(8 * 1_048_576)), /follows its end/);
    const { read } = await unpack(pack(manifestOf(least), [store], Buffer.alloc(10_240)));
    await expect(read).resolves.toMatchObject({ format: 1 });
  });

  it("that is no file, or not there, is refused", async () => {
    const folder = await makeFolder();
    await expect(readArchive(folder, folder, never)).rejects.toMatchObject({ code: "usage.invalid" });
    await expect(readArchive(join(folder, "none"), folder, never)).rejects.toMatchObject({ code: "usage.invalid" });
  });
});
