import { execFileSync } from "node:child_process";
import { statSync, watch } from "node:fs";
import { chmod, link, lstat, mkdir, readdir, readFile, rename, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { FileGuard, RootedFiles } from "@omni/core";
import { isOmniError } from "@omni/core";
import type { PathCase, PathSetup } from "./path-cases.ts";
import { createRootedFiles } from "../../src/host/rooted-files.ts";
import { createSystemClock } from "../../src/host/system-clock.ts";
import { createSystemRandom } from "../../src/host/system-random.ts";
import { pathCases } from "./path-cases.ts";
import { useTemporaryFolders } from "./temporary-folder.ts";

const temporary = useTemporaryFolders();
const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

interface Ground {
  readonly workspace: string;
  readonly outside: string;
  readonly files: RootedFiles;
}

const secret = "the secret outside";

async function prepare(): Promise<Ground> {
  const top = await temporary();
  const workspace = join(top, "ws");
  const outside = join(top, "outside");
  await mkdir(workspace);
  await mkdir(outside);
  await mkdir(join(top, "ws-evil"));
  await writeFile(join(outside, "secret"), secret);
  await writeFile(join(top, "outside.txt"), secret);
  await writeFile(join(top, "ws-evil", "x"), secret);
  return { workspace, outside, files: createFiles().within(workspace) };
}

function createFiles(): ReturnType<typeof createRootedFiles> {
  return createRootedFiles(createSystemRandom(createSystemClock()));
}

async function setUp(setup: PathSetup, { workspace, outside }: Ground): Promise<void> {
  const target = join(outside, "secret");
  const makers: Readonly<Record<PathSetup, () => Promise<unknown>>> = {
    none: async () => undefined,
    "file-link": () => symlink(target, join(workspace, "flink")),
    "folder-link": () => symlink(outside, join(workspace, "link")),
    "dangling-link": () => symlink(join(outside, "new"), join(workspace, "dangling")),
    "hard-link": () => link(target, join(workspace, "hard")),
    fifo: async () => execFileSync("mkfifo", [join(workspace, "fifo")]),
    socket: () => listenAt(join(workspace, "sock")),
    "no-rights": async () => {
      await writeFile(join(workspace, "noperm"), secret);
      await chmod(join(workspace, "noperm"), 0);
    },
  };
  await makers[setup]();
}

async function listenAt(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  disposals.push(() => new Promise((resolve) => server.close(() => resolve())));
}

async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(isOmniError(error), `not refused in Omni's own words: ${String(error)}`).toBe(true);
  return isOmniError(error) ? error.code : "";
}

async function outsideOf({ workspace, outside }: Ground): Promise<readonly string[]> {
  const top = dirname(workspace);
  const names = [...(await readdir(top)), ...(await readdir(outside))].sort();
  const contents = [await readFile(join(outside, "secret"), "utf8"), await readFile(join(top, "outside.txt"), "utf8"), await readFile(join(top, "ws-evil", "x"), "utf8")];
  return [...names, ...contents];
}

async function checkAllowed(pathCase: PathCase, ground: Ground): Promise<void> {
  const path = pathCase.input.replace("{WS}", ground.workspace);
  await ground.files.write(path, pathCase.id);
  expect(new TextDecoder().decode(await ground.files.read(path))).toBe(pathCase.id);
  const entry = await ground.files.stat(path);
  expect(await readFile(join(ground.workspace, entry?.path ?? "?"), "utf8")).toBe(pathCase.id);
}

async function checkDenied(pathCase: PathCase, ground: Ground): Promise<void> {
  const path = pathCase.input.replace("{WS}", ground.workspace);
  expect(await refusalOf(ground.files.read(path))).toMatch(/^files\.(outside|denied|not-a-file|not-found)$/);
  expect(await refusalOf(ground.files.write(path, "overwritten"))).toMatch(/^files\.(outside|denied|not-a-file)$/);
}

describe("the paths of an attacker", () => {
  for (const pathCase of pathCases) {
    it(`${pathCase.id} ${pathCase.why}: ${pathCase.verdict}`, async () => {
      const ground = await prepare();
      await setUp(pathCase.setup, ground);
      const before = await outsideOf(ground);
      await (pathCase.verdict === "allowed" ? checkAllowed(pathCase, ground) : checkDenied(pathCase, ground));
      expect(await outsideOf(ground)).toEqual(before);
    });
  }

  it("PA-010 two spellings of one word are two files", async () => {
    const { files } = await prepare();
    await files.write("caf\u00E9.txt", "composed");
    await files.write("cafe\u0301.txt", "decomposed");
    expect(new TextDecoder().decode(await files.read("caf\u00E9.txt"))).toBe("composed");
  });

  it("any path of steps and links never leaves the root", async () => {
    const ground = await prepare();
    await mkdir(join(ground.workspace, "a", "b"), { recursive: true });
    await symlink("../../../outside", join(ground.workspace, "a", "b", "up"));
    await symlink("..", join(ground.workspace, "a", "back"));
    await symlink("a/b", join(ground.workspace, "in"));
    const before = await outsideOf(ground);
    const part = fc.constantFrom("..", ".", "", "a", "b", "up", "back", "in", "secret", "outside", "outside.txt", "ws", "/");
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const path = parts.join("/");
        const read = await ground.files.read(path).then((bytes) => new TextDecoder().decode(bytes), () => "");
        expect(read).not.toBe(secret);
        await ground.files.write(path, "written").catch(() => undefined);
      }),
      { numRuns: 300 },
    );
    expect(await outsideOf(ground)).toEqual(before);
  });
});

const swapper = `
const { parentPort, workerData } = require("node:worker_threads");
const fs = require("node:fs");
let isOn = true;
parentPort.on("message", () => { isOn = false; });
const { at, real, fake } = workerData;
const swap = () => {
  for (let round = 0; round < 200; round += 1) {
    try { fs.renameSync(at, real); fs.symlinkSync(fake, at); } catch {}
    // A write that finds no folder makes one: it goes as the link does, or nothing would be swapped again.
    try { fs.unlinkSync(at); } catch { try { fs.rmSync(at, { recursive: true, force: true }); } catch {} }
    try { fs.renameSync(real, at); } catch {}
  }
  if (isOn) setImmediate(swap); else parentPort.postMessage("done");
};
parentPort.postMessage("ready");
swap();
`;

async function swapWhile(workerData: Readonly<Record<"at" | "real" | "fake", string>>, body: () => Promise<void>): Promise<void> {
  const worker = new Worker(swapper, { eval: true, workerData });
  try {
    await new Promise((resolve) => worker.once("message", resolve));
    await body();
  } finally {
    await worker.terminate();
  }
}

describe("a folder swapped for a link between check and use (PA-051)", () => {
  it("never lets a read or a write through", async () => {
    const ground = await prepare();
    const at = join(ground.workspace, "race");
    await mkdir(at);
    await writeFile(join(at, "secret"), "inside");
    const seen = { inside: 0, refused: 0, other: 0 };
    await swapWhile({ at, real: join(ground.workspace, "race-real"), fake: ground.outside }, async () => {
      // On a busy machine the other thread may not have had its turn by then.
      for (let round = 0; round < 2_000 || (seen.refused === 0 && round < 50_000); round += 1) {
        const text = await ground.files.read("race/secret").then((bytes) => new TextDecoder().decode(bytes), () => undefined);
        if (text === undefined) seen.refused += 1;
        else if (text === "inside") seen.inside += 1;
        else seen.other += 1;
        if (round % 10 === 0) await ground.files.write("race/secret", "inside").catch(() => undefined);
      }
    });
    expect(seen.other).toBe(0);
    expect(seen.refused).toBeGreaterThan(0);
    expect(await readFile(join(ground.outside, "secret"), "utf8")).toBe(secret);
    expect(await readdir(ground.outside)).toEqual(["secret"]);
  });
});

describe("reading", () => {
  it("returns a range", async () => {
    const { files } = await prepare();
    await files.write("a.txt", "0123456789");
    expect(new TextDecoder().decode(await files.read("a.txt", { offset: 3, limit: 4 }))).toBe("3456");
    expect(await files.read("a.txt", { offset: 20 })).toHaveLength(0);
    expect(await files.read("a.txt", { limit: 0 })).toHaveLength(0);
  });

  it("says what is missing and what is a folder", async () => {
    const { files } = await prepare();
    await files.write("a/b.txt", "x");
    expect(await refusalOf(files.read("none"))).toBe("files.not-found");
    expect(await refusalOf(files.read("a/b.txt/c"))).toBe("files.not-found");
    expect(await refusalOf(files.read("a"))).toBe("files.not-a-file");
    expect(await refusalOf(files.read("."))).toBe("files.not-a-file");
  });

  it("follows a link that stays inside", async () => {
    const { files, workspace } = await prepare();
    await files.write("real/a.txt", "x");
    await symlink("real", join(workspace, "by-name"));
    await symlink(join(workspace, "real", "a.txt"), join(workspace, "by-path"));
    expect(new TextDecoder().decode(await files.read("by-name/a.txt"))).toBe("x");
    expect(new TextDecoder().decode(await files.read("by-path"))).toBe("x");
  });

  it("gives up on links that go in a circle", async () => {
    const { files, workspace } = await prepare();
    await symlink("b", join(workspace, "a"));
    await symlink("a", join(workspace, "b"));
    expect(await refusalOf(files.read("a"))).toBe("files.denied");
  });

  it("refuses to hold more than 64 MiB at once", async () => {
    const { files, workspace } = await prepare();
    execFileSync("truncate", ["-s", "65M", join(workspace, "large")]);
    expect(await refusalOf(files.read("large"))).toBe("files.too-large");
    expect(await files.read("large", { offset: 1_000, limit: 10 })).toHaveLength(10);
  });

  it("takes an absolute path under the name the root was given, also when that is a link", async () => {
    const { workspace } = await prepare();
    await symlink(workspace, `${workspace}-link`);
    const files = createFiles().within(`${workspace}-link`);
    expect(files.root).toBe(workspace);
    await files.write(`${workspace}-link/a.txt`, "x");
    expect(await files.read(`${workspace}/a.txt`)).toHaveLength(1);
  });
});

describe("a guard", () => {
  /** Asks about `.env`, denies the folder `own`, and knows every file it was asked about. */
  function createGuard(): { readonly guard: FileGuard; readonly asked: string[] } {
    const asked: string[] = [];
    const guard: FileGuard = (path, root) => {
      asked.push(`${basename(root)}:${path}`);
      if (path === "own" || path.startsWith("own/")) return { verdict: "deny", rule: "floor", reason: "It is nobody's business." };
      return path.endsWith(".env") ? { verdict: "ask", rule: "secret", reason: "It holds keys." } : undefined;
    };
    return { guard, asked };
  }

  async function prepareGuarded(): Promise<{ readonly files: RootedFiles; readonly asked: readonly string[]; readonly workspace: string }> {
    const { files, workspace } = await prepare();
    await files.write("own/state.json", "state");
    await files.write("src/a.ts", "a");
    await files.write(".env", "KEY=1");
    await symlink(".env", join(workspace, "notes.txt"));
    await symlink("own", join(workspace, "way"));
    const { guard, asked } = createGuard();
    return { files: createFiles().within(workspace, guard), asked, workspace };
  }

  it("is asked with the real path of what is opened, and its reason is told", async () => {
    const { files, asked } = await prepareGuarded();
    await files.read("src/../src/a.ts");
    expect(asked).toEqual(["ws:src/a.ts"]);
    await expect(files.read(".env")).rejects.toMatchObject({ code: "files.denied", message: expect.stringContaining("It holds keys.") });
    await expect(files.read("notes.txt")).rejects.toMatchObject({ code: "files.denied", message: expect.stringMatching(/notes\.txt.* leads to .*\.env.*Name that path itself/) });
  });

  it("keeps a write from what a link leads to, and from making folders on the way to it", async () => {
    const { files, workspace } = await prepareGuarded();
    await expect(files.write("notes.txt", "KEY=2")).rejects.toMatchObject({ code: "files.denied" });
    await expect(files.write("way/deep/x", "y")).rejects.toMatchObject({ code: "files.denied" });
    expect(await readFile(join(workspace, ".env"), "utf8")).toBe("KEY=1");
    expect(await readdir(join(workspace, "own"))).toEqual(["state.json"]);
  });

  it("hides a folder that it denies, and shows the name of a file that it asks about", async () => {
    const { files } = await prepareGuarded();
    expect((await files.list(".")).map((entry) => entry.path)).toEqual([".env", "notes.txt", "src", "way"]);
    const walked: string[] = [];
    for await (const entry of files.walk(".")) walked.push(entry.path);
    expect(walked).toEqual([".env", "src/a.ts"]);
    expect(await files.stat(".env")).toMatchObject({ kind: "file" });
    for (const hidden of ["own", "way", "own/none"]) await expect(files.list(hidden)).rejects.toMatchObject({ code: "files.denied" });
    await expect(files.stat("own/state.json")).rejects.toMatchObject({ code: "files.denied" });
  });
});

describe("writing", () => {
  it("lets nobody else read the new bytes of a private file", async () => {
    const { workspace } = await prepare();
    const modes: number[] = [];
    const files = createRootedFiles({
      ...createSystemRandom(createSystemClock()),
      id: () => "X",
    }).within(workspace);
    await files.write("key.txt", "1");
    await chmod(join(workspace, "key.txt"), 0o600);
    const watcher = watch(workspace, (_event, name) => {
      if (name === ".omni-X.tmp") modes.push((statSync(join(workspace, name), { throwIfNoEntry: false })?.mode ?? 0o600) & 0o077);
    });
    for (let round = 0; round < 20; round += 1) await files.write("key.txt", "x".repeat(100_000));
    watcher.close();
    expect(modes.filter((mode) => mode !== 0)).toEqual([]);
    expect((await stat(join(workspace, "key.txt"))).mode & 0o777).toBe(0o600);
  });

  it("makes folders, keeps the mode and leaves nothing beside the file", async () => {
    const { files, workspace } = await prepare();
    await files.write("a/b/c.sh", "1");
    await chmod(join(workspace, "a/b/c.sh"), 0o750);
    await files.write("a/b/c.sh", new Uint8Array([50]));
    expect((await stat(join(workspace, "a/b/c.sh"))).mode & 0o777).toBe(0o750);
    expect(await readdir(join(workspace, "a/b"))).toEqual(["c.sh"]);
    expect(await readFile(join(workspace, "a/b/c.sh"), "utf8")).toBe("2");
  });

  it("replaces the file and never changes it in place", async () => {
    const { files, workspace } = await prepare();
    await files.write("a.txt", "old");
    const before = await stat(join(workspace, "a.txt"));
    await files.write("a.txt", "new");
    expect((await stat(join(workspace, "a.txt"))).ino).not.toBe(before.ino);
  });

  it("refuses a file that is marked read-only, a folder, and a name that ends like one", async () => {
    const { files, workspace } = await prepare();
    await files.write("a.txt", "old");
    await chmod(join(workspace, "a.txt"), 0o444);
    expect(await refusalOf(files.write("a.txt", "new"))).toBe("files.denied");
    expect(await refusalOf(files.write(".", "new"))).toBe("files.not-a-file");
    expect(await refusalOf(files.write("b/", "new"))).toBe("files.not-a-file");
    await mkdir(join(workspace, "d"));
    expect(await refusalOf(files.write("d", "new"))).toBe("files.not-a-file");
  });

  it("goes to the target of a link inside, which stays a link", async () => {
    const { files, workspace } = await prepare();
    await files.write("real.txt", "old");
    await symlink("real.txt", join(workspace, "link.txt"));
    await files.write("link.txt", "new");
    expect((await lstat(join(workspace, "link.txt"))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(workspace, "real.txt"), "utf8")).toBe("new");
  });

  it("that breaks off midway leaves the old file and nothing else", async () => {
    const { files, workspace } = await prepare();
    await files.write("a.txt", "old");
    const limited = `ulimit -f 8; exec "$0" --conditions=@omni/source --input-type=module -e "$1" "$2"`;
    const program = `
      process.on("SIGXFSZ", () => undefined);
      const { createRootedFiles } = await import(${JSON.stringify(new URL("../../src/host/rooted-files.ts", import.meta.url).href)});
      const files = createRootedFiles({ id: () => "X" }).within(process.argv[1]);
      await files.write("a.txt", "x".repeat(1_000_000)).catch((error) => process.stdout.write(error.code));
    `;
    expect(execFileSync("bash", ["-c", limited, process.execPath, program, workspace], { encoding: "utf8" })).toBe("files.too-large");
    expect(await readdir(workspace)).toEqual(["a.txt"]);
    expect(await readFile(join(workspace, "a.txt"), "utf8")).toBe("old");
  });
});

describe("looking around", () => {
  it("tells kinds, sizes and absence", async () => {
    const { files, workspace } = await prepare();
    await files.write("d/a.txt", "12345");
    await symlink("d/a.txt", join(workspace, "l"));
    expect(await files.stat("d/a.txt")).toMatchObject({ path: "d/a.txt", kind: "file", size: 5 });
    expect(await files.stat("d")).toMatchObject({ path: "d", kind: "directory", size: 0 });
    expect(await files.stat(".")).toMatchObject({ path: "", kind: "directory" });
    expect(await files.stat("l")).toMatchObject({ path: "l", kind: "link" });
    expect(await files.stat("none/at/all")).toBeUndefined();
    expect(await refusalOf(files.stat("../outside.txt"))).toBe("files.outside");
  });

  it("lists one folder in order, links as links", async () => {
    const { files, workspace, outside } = await prepare();
    await files.write("b.txt", "x");
    await files.write("a/x.txt", "x");
    await symlink(outside, join(workspace, "c"));
    expect((await files.list(".")).map((entry) => `${entry.kind} ${entry.path}`)).toEqual(["directory a", "file b.txt", "link c"]);
    expect((await files.list("a")).map((entry) => entry.path)).toEqual(["a/x.txt"]);
    expect(await refusalOf(files.list("b.txt"))).toBe("files.not-a-file");
    expect(await refusalOf(files.list("none"))).toBe("files.not-found");
    expect(await refusalOf(files.list("c"))).toBe("files.outside");
  });

  it("walks depth first and sorted, through no link, to the depth asked for", async () => {
    const { files, workspace, outside } = await prepare();
    for (const path of ["b.txt", "a/2.txt", "a/1.txt", "a/deep/3.txt", "skip/4.txt"]) await files.write(path, "x");
    await symlink(outside, join(workspace, "z"));
    expect(await toPaths(files.walk(".", { enter: (directory) => directory !== "skip" }))).toEqual(["a/1.txt", "a/2.txt", "a/deep/3.txt", "b.txt"]);
    expect(await toPaths(files.walk(".", { depth: 1 }))).toEqual(["b.txt"]);
    expect(await toPaths(files.walk("a", { depth: 1 }))).toEqual(["a/1.txt", "a/2.txt"]);
    expect(await refusalOf(toPaths(files.walk("b.txt")))).toBe("files.not-a-file");
  });

  it("ends a walk when its signal aborts, and closes every folder", async () => {
    const { files } = await prepare();
    for (const path of ["a/b/1.txt", "a/b/2.txt", "a/3.txt"]) await files.write(path, "x");
    const open = await readdir("/proc/self/fd").catch(() => []);
    const controller = new AbortController();
    const walk = files.walk(".", { signal: controller.signal });
    const seen: string[] = [];
    const run = async (): Promise<void> => {
      for await (const entry of walk) {
        seen.push(entry.path);
        controller.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    for await (const _entry of files.walk(".")) break;
    expect(seen).toEqual(["a/3.txt"]);
    expect((await readdir("/proc/self/fd").catch(() => [])).length).toBe(open.length);
  });
});

describe("a root", () => {
  it("must be an absolute path of a folder that is no part of the system's own", async () => {
    const { workspace, outside } = await prepare();
    const within = (root: string): Promise<unknown> => Promise.resolve().then(() => createFiles().within(root));
    expect(await refusalOf(within("relative"))).toBe("files.denied");
    expect(await refusalOf(within(join(workspace, "none")))).toBe("files.not-found");
    expect(await refusalOf(within(join(outside, "secret")))).toBe("files.not-a-file");
    expect(await refusalOf(within("/proc/self"))).toBe("files.denied");
  });

  it("above everything still shows no devices and no processes", async () => {
    const files = createFiles().within("/");
    expect(await refusalOf(files.read("/proc/self/environ"))).toBe("files.outside");
    expect(await refusalOf(files.read("dev/zero", { limit: 1 }))).toBe("files.outside");
  });

  it("is not followed when a link takes its place", async () => {
    const { files, workspace, outside } = await prepare();
    await rename(workspace, `${workspace}-moved`);
    await symlink(outside, workspace);
    expect(await refusalOf(files.read("secret"))).toBe("files.not-found");
    await unlink(workspace);
    expect(basename(files.root)).toBe("ws");
  });
});

async function toPaths(entries: ReturnType<RootedFiles["walk"]>): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const entry of entries) paths.push(entry.path);
  return paths;
}
