import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import type { RestoredState, RestoreOptions } from "@omni/runtime";
import { backUpState, restoreState } from "@omni/runtime";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { inRuntime, mark, openHome, readMarks } from "./state-home.ts";

const never = new AbortController().signal;

let made: string;
let file: string;
beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), "omni-made-"));
  file = join(made, "backup.tar.gz");
  await mark(join(made, "source"), "after");
  await backUp(join(made, "source"), file);
});
afterAll(() => rm(made, { recursive: true, force: true }));

let home: string;
beforeEach(async () => {
  home = join(await mkdtemp(join(tmpdir(), "omni-restore-")), "home");
});
afterEach(() => rm(join(home, ".."), { recursive: true, force: true }));

async function backUp(from: string, to: string): Promise<void> {
  const opened = await openHome(from);
  try {
    await backUpState({ ...opened, file: to, force: false, version: "0.0.0", pid: process.pid, signal: never, tell: () => undefined });
  } finally {
    await opened.host.close();
  }
}

async function restore(change: Partial<RestoreOptions> = {}): Promise<RestoredState> {
  const opened = await openHome(home);
  try {
    return await restoreState({ ...opened, file, keepConfig: false, force: false, version: "0.0.0", pid: process.pid, signal: never, tell: () => undefined, ...change });
  } finally {
    await opened.host.close();
  }
}

/** Expects a restore to be refused, with the home as it was and nothing left in it. */
async function refuses(code: string, change: Partial<RestoreOptions> = {}): Promise<void> {
  const before = await readMarks(home);
  const names = await readdir(join(home, "state"));
  await expect(restore(change)).rejects.toMatchObject({ code });
  expect((await readdir(join(home, "state"))).filter((name) => name !== "gateway.lock").toSorted()).toEqual(names.filter((name) => name !== "gateway.lock").toSorted());
  expect(await readMarks(home)).toEqual(before);
}

/** The backup with a database changed, and a manifest that fits it: what no checksum can tell. */
async function withDatabase(name: "omni.db" | "memory.db", change: (path: string) => Promise<void>): Promise<string> {
  const tar = gunzipSync(await readFile(file));
  const manifest = JSON.parse(tar.toString("utf8", 512, 512 + Number.parseInt(tar.toString("latin1", 124, 135), 8)));
  const at = tar.indexOf(Buffer.from(`state/${name}\0`)) + 512;
  const member = manifest.members.find((each: { readonly path: string }) => each.path === `state/${name}`);
  const path = join(home, "..", name);
  await writeFile(path, tar.subarray(at, at + member.bytes));
  await change(path);
  const changed = await readFile(path);
  expect(changed.length).toBe(member.bytes);
  changed.copy(tar, at);
  const text = tar.toString("latin1").replace(member.sha256, createHash("sha256").update(changed).digest("hex"));
  const out = join(home, "..", "changed.tar.gz");
  await writeFile(out, gzipSync(Buffer.from(text, "latin1")));
  return out;
}

describe("a restore", () => {
  it("into an empty home is the home of the backup", async () => {
    expect(await restore()).toMatchObject({ before: null, settled: { turns: 0, messages: 0 }, manifest: { omni: "0.0.0" } });
    expect(await readMarks(home)).toEqual(await readMarks(join(made, "source")));
  });

  it("keeps what was there as a backup that can be restored in its turn", async () => {
    await mark(home, "before");
    const marks = await readMarks(home);
    const { before } = await restore();
    expect(await readMarks(home)).toMatchObject({ store: "after", memory: ["after"], skills: ["", "after"] });
    await restore({ file: before ?? "" });
    expect(await readMarks(home)).toEqual(marks);
  });

  it("leaves the home's own configuration, skills and page with keepConfig", async () => {
    await mark(home, "before");
    const { config, servers, page, skills } = await readMarks(home);
    await restore({ keepConfig: true });
    expect(await readMarks(home)).toMatchObject({ store: "after", memory: ["after"], config, servers, page, skills });
  });

  it("is refused while a gateway holds the home, and while another process lives in it, naming each", async () => {
    await mark(home, "before");
    await inRuntime(home, async (runtime) => {
      await runtime.holdHome({ pid: 4_711 });
      await expect(restore()).rejects.toMatchObject({ code: "home.held", message: expect.stringContaining("pid 4711") });
    });
    await inRuntime(home, async ({ store }) => {
      await store.join({ kind: "run", pid: 4_712 });
      await expect(restore()).rejects.toMatchObject({ code: "home.held", message: expect.stringContaining("pid 4712") });
    });
    expect(await readMarks(home)).toMatchObject({ store: "before", memory: ["before"] });
    expect((await readdir(join(home, "state"))).filter((name) => name.startsWith("restore"))).toEqual([]);
  });

  it("of a database that is damaged, or of a newer version, or of something else, is refused although all checksums are right", async () => {
    await mark(home, "before");
    const overwrite = (bytes: Buffer, position: number) => async (path: string): Promise<void> => {
      const whole = await readFile(path);
      bytes.copy(whole, position);
      await writeFile(path, whole);
    };
    // Where the header of a database has the version of its tables.
    const setVersion = overwrite(Buffer.from([0, 0, 3, 231]), 60);
    await refuses("store.newer", { file: await withDatabase("omni.db", setVersion) });
    await refuses("memory.failed", { file: await withDatabase("memory.db", setVersion) });
    await refuses("store.corrupt", { file: await withDatabase("omni.db", overwrite(Buffer.from("no database at all"), 0)) });
    await refuses("store.corrupt", { file: await withDatabase("omni.db", overwrite(Buffer.alloc(8_192, 0xff), 24_576)) });
    await refuses("store.corrupt", { file: await withDatabase("memory.db", overwrite(Buffer.alloc(8_192, 0xff), 24_576)) });
  });

  it("is refused where the home keeps things otherwise than the backup, and where the backup's configuration cannot be used here", async () => {
    await mark(home, "before");
    const opened = await openHome(home);
    await refuses("usage.invalid", { config: { ...opened.config, memory: false } });
    await refuses("usage.invalid", { config: { ...opened.config, store: { use: "sqlite", with: { path: join(home, "elsewhere.db") } } } });
    await refuses("config.missing-variable", { request: { ...opened.request, defaults: {} }, file: await withVariable() });
    await opened.host.close();
  });

  it("that is stopped before it replaces leaves everything as it was", async () => {
    await mark(home, "before");
    const stopping = new AbortController();
    const before = await readMarks(home);
    await expect(restore({ signal: stopping.signal, step: (name) => void (name === "checked" && stopping.abort(new Error("stopped"))) })).rejects.toThrow("stopped");
    expect(await readMarks(home)).toEqual(before);
  });
});

/** A backup whose configuration needs a variable. */
async function withVariable(): Promise<string> {
  const [from, to] = [join(home, "..", "variable"), join(home, "..", "variable.tar.gz")];
  await mark(from, "after");
  await backUp(from, to);
  await rm(to);
  await writeFile(join(from, "omni.json"), '{ "store": { "use": "sqlite" }, "memory": { "use": "sqlite" }, "policy": { "use": "workspace" }, "window": { "use": "ring" }, "provider": { "use": "openai", "with": { "apiKey": "${NOT_SET_HERE}" } } }');
  const opened = await openHome(from).catch(() => undefined);
  expect(opened).toBeUndefined();
  const plain = await openHome(join(made, "source"));
  const paths = { home: from, state: join(from, "state"), workspace: join(from, "workspace") };
  await backUpState({ ...plain, config: { ...plain.config, paths }, host: { ...plain.host, paths }, file: to, force: false, version: "0.0.0", pid: process.pid, signal: never, tell: () => undefined });
  await plain.host.close();
  return to;
}
