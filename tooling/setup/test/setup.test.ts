import { mkdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FakeClone } from "./fake-clone.ts";
import { createFakeClone } from "./fake-clone.ts";

let clone: FakeClone;

beforeEach(() => {
  clone = createFakeClone();
});

afterEach(() => {
  clone.remove();
});

describe("./omni", () => {
  it("sets up once, with words on standard error alone, and starts the program with its arguments", async () => {
    const first = await clone.omni(["run", "two  words", ""]);
    expect(first.errors).toContain("installing packages");
    expect(JSON.parse(first.output)).toMatchObject({ given: ["run", "two  words", ""] });
    const second = await clone.omni(["x"]);
    expect(second.errors).toBe("");
    expect(clone.work()).toEqual(["install", "build"]);
  });

  it("is found through links of links, from any folder, and leaves the folder as it is", async () => {
    await clone.omni([]);
    const elsewhere = join(dirname(clone.root), "else where");
    mkdirSync(elsewhere);
    symlinkSync("../a clone/omni", join(elsewhere, "one"));
    symlinkSync("one", join(elsewhere, "two"));
    const ended = await clone.omni([], { cwd: elsewhere, command: ["./two"] });
    expect(ended.errors).toBe("");
    expect(JSON.parse(ended.output)).toMatchObject({ cwd: realpathSync(elsewhere) });
    const bySh = await clone.omni(["x"], { cwd: clone.root, command: ["sh", "omni"] });
    expect(JSON.parse(bySh.output)).toMatchObject({ given: ["x"] });
  });

  it("sets up again when the lockfile changed, and only builds again when the revision did", async () => {
    clone.write(".git/HEAD", "ref: refs/heads/main\n");
    clone.write(".git/refs/heads/main", "aaaa\n");
    await clone.omni([]);
    clone.write(".git/refs/heads/main", "bbbb\n");
    await clone.omni([]);
    expect(clone.work()).toEqual(["install", "build", "build"]);
    clone.write("pnpm-lock.yaml", "two\n");
    await clone.omni([]);
    expect(clone.work()).toEqual(["install", "build", "build", "install", "build"]);
  });

  it("reads the revision of packed references, of a detached head and of a linked worktree", async () => {
    clone.write(".git/HEAD", "ref: refs/heads/main\n");
    clone.write(".git/packed-refs", "# pack-refs with: peeled\naaaa refs/heads/main\nbbbb refs/heads/other\n");
    await clone.omni([]);
    clone.write(".git/HEAD", "aaaa\n");
    await clone.omni([]);
    expect(clone.work()).toEqual(["install", "build"]);
    rmSync(join(clone.root, ".git"), { recursive: true });
    clone.write("common/refs/heads/side", "cccc\n");
    clone.write("common/worktrees/side/HEAD", "ref: refs/heads/side\n");
    clone.write("common/worktrees/side/commondir", "../..\n");
    clone.write(".git", "gitdir: common/worktrees/side\n");
    await clone.omni([]);
    clone.write("common/refs/heads/side", "dddd\n");
    await clone.omni([]);
    expect(clone.work()).toEqual(["install", "build", "build", "build"]);
  });

  it("says which step failed and how to mend it, and goes on there", async () => {
    clone.write("broken", "");
    const failed = await clone.omni(["x"]);
    expect(failed).toMatchObject({ code: 1, output: "" });
    expect(failed.errors).toContain("the network is down");
    expect(failed.errors).toContain("the step 'install' failed with code 7");
    rmSync(join(clone.root, "broken"));
    expect(await clone.omni(["x"])).toMatchObject({ code: 0 });
    rmSync(join(clone.root, "apps/cli/dist"), { recursive: true });
    await clone.omni(["x"]);
    expect(clone.work()).toEqual(["install", "build", "build"]);
  });

  it("sets up once when several start at once", async () => {
    const ended = await Promise.all(["a", "b", "c", "d"].map((name) => clone.omni([name])));
    expect(ended.map(({ code, output }) => [code, JSON.parse(output).given])).toEqual([[0, ["a"]], [0, ["b"]], [0, ["c"]], [0, ["d"]]]);
    expect(clone.work()).toEqual(["install", "build"]);
  });

  it("takes over the lock of a process that is gone, once for all who wait", async () => {
    // Larger than any process id of Linux and macOS.
    clone.write(".omni-setup/lock/pid", "99999999\n");
    const ended = await Promise.all([clone.omni(["a"]), clone.omni(["b"])]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(clone.work()).toEqual(["install", "build"]);
  });

  it("waits while the child of a dead owner still writes", async () => {
    clone.write(".omni-setup/lock/pid", "99999999\n");
    clone.write(".omni-setup/lock/child", `${process.pid}\n`);
    const heard: string[] = [];
    const ended = await clone.omni(["a"], {
      heard: (words) => {
        heard.push(words);
        if (words.includes("waiting")) clone.write(".omni-setup/lock/child", "99999998\n");
      },
    });
    expect(ended.code).toBe(0);
    expect(heard[0]).toContain(`another set-up is running (process ${process.pid}); waiting for it`);
  });

  it("does both steps anew with --setup", async () => {
    await clone.omni([]);
    expect(await clone.omni(["--setup"])).toMatchObject({ code: 0, output: "" });
    expect(clone.work()).toEqual(["install", "build", "install", "build"]);
  });
});
