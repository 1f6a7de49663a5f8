import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { Containment, Sandbox, SpawnedProcess } from "@omni/core";
import type { ProcessSpawn } from "../../src/host/process-spawn.ts";
import { createProcessSpawn } from "../../src/host/process-spawn.ts";
import { markVariable } from "../../src/host/marked-processes.ts";
import { useTemporaryFolders } from "./temporary-folder.ts";

const temporary = useTemporaryFolders();
const made: ProcessSpawn[] = [];
afterEach(async () => {
  for (const spawn of made.splice(0)) await spawn.close();
});

function createSpawn(sandbox?: Sandbox): ProcessSpawn {
  const spawn = createProcessSpawn(sandbox === undefined ? {} : { sandbox });
  made.push(spawn);
  return spawn;
}

const never = new AbortController().signal;
const node = process.execPath;
const containment: Containment = { writable: [], hidden: [], hosts: [] };

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function firstLine(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += Buffer.from(chunk).toString();
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0] ?? "";
}

/** True while the process runs; a zombie that nobody buries does not. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return status !== "" && !/^\d+ \(.*\) Z/.test(status);
}

/** A leader whose child has a child of its own, all deaf to SIGTERM when `isDeaf`; prints the grandchild's process id. */
function startFamily(spawn: ProcessSpawn, cwd: string, options: { readonly isDeaf: boolean; readonly leaderStays: boolean; readonly signal?: AbortSignal }): Promise<SpawnedProcess> {
  const deaf = options.isDeaf ? "trap '' TERM; " : "";
  const script = `${deaf}(${deaf}sleep 300 & echo $!; wait) & ${options.leaderStays ? "wait" : "exit 0"}`;
  return spawn.start({ argv: ["/bin/sh", "-c", script], cwd, env: { PATH: "/usr/bin:/bin" } }, { signal: options.signal ?? never });
}

describe("a process", () => {
  it("gets its arguments as they are, its folder and exactly its environment, but for the mark of its group", async () => {
    const cwd = await temporary();
    const script = "process.stdout.write(JSON.stringify([process.argv.slice(1), process.cwd(), Object.keys(process.env).filter((key) => key !== '__CF_USER_TEXT_ENCODING')]))";
    const child = await createSpawn().start({ argv: [node, "-e", script, "$HOME", "a b", "; id", "*"], cwd, env: { ONLY: "this" } }, { signal: never });
    expect(JSON.parse(await textOf(child.stdout))).toEqual([["$HOME", "a b", "; id", "*"], cwd, ["ONLY", markVariable]]);
    expect(await child.exit).toEqual({ code: 0, signal: null });
  });

  it("reads what is written to it until its input is closed", async () => {
    const child = await createSpawn().start({ argv: ["/bin/cat"], cwd: "/", env: {} }, { signal: never });
    await child.write(new TextEncoder().encode("one "));
    await child.write(new TextEncoder().encode("two"));
    await child.write(undefined);
    expect(await textOf(child.stdout)).toBe("one two");
    await expect(child.write(new TextEncoder().encode("late"))).rejects.toMatchObject({ code: "spawn.failed" });
    await child.write(undefined);
  });

  it("tells its code, its signal and its errors", async () => {
    const spawn = createSpawn();
    const failed = await spawn.start({ argv: ["/bin/sh", "-c", "echo wrong >&2; exit 7"], cwd: "/", env: {} }, { signal: never });
    expect([await textOf(failed.stderr), await failed.exit]).toEqual(["wrong\n", { code: 7, signal: null }]);
    const killed = await spawn.start({ argv: ["/bin/sh", "-c", "kill -9 $$"], cwd: "/", env: {} }, { signal: never });
    expect(await killed.exit).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("that cannot be started says which and where", async () => {
    const spawn = createSpawn();
    await expect(spawn.start({ argv: ["/no/such/program"], cwd: "/", env: {} }, { signal: never })).rejects.toMatchObject({ code: "spawn.failed", message: expect.stringContaining("/no/such/program") as string });
    await expect(spawn.start({ argv: ["/bin/cat"], cwd: "/no/such/folder", env: {} }, { signal: never })).rejects.toMatchObject({ code: "spawn.failed" });
    await expect(spawn.start({ argv: ["/bin/cat", "a\0b"], cwd: "/", env: {} }, { signal: never })).rejects.toMatchObject({ code: "spawn.failed" });
    await expect(spawn.start({ argv: [], cwd: "/", env: {} }, { signal: never })).rejects.toMatchObject({ code: "spawn.failed" });
  });
});

/** Its child leaves the group for a session of its own, deaf to SIGTERM when `isDeaf`, and prints its process id. */
async function startLeaver(spawn: ProcessSpawn, options: { readonly isDeaf: boolean; readonly leaderStays: boolean }): Promise<{ readonly child: SpawnedProcess; readonly stray: number }> {
  const left = `${options.isDeaf ? "trap '' TERM; " : ""}echo $$; exec sleep 300`;
  const child = await spawn.start({ argv: ["/bin/sh", "-c", `setsid /bin/sh -c "$1" & ${options.leaderStays ? "wait" : "read -r go"}`, "sh", left], cwd: "/", env: { PATH: "/usr/bin:/bin" } }, { signal: never });
  const stray = Number(await firstLine(child.stdout));
  await child.write(new TextEncoder().encode("go\n"));
  return { child, stray };
}

/** True where what left a group can be found. */
const hasProc: boolean = existsSync("/proc/self/environ");

describe("the end of a process", () => {
  it("is the end of its whole group", async () => {
    const child = await startFamily(createSpawn(), await temporary(), { isDeaf: false, leaderStays: true });
    const grandchild = Number(await firstLine(child.stdout));
    expect(await isRunning(grandchild)).toBe(true);
    await child.end(5_000);
    expect([await isRunning(child.pid), await isRunning(grandchild)]).toEqual([false, false]);
    expect((await child.exit).signal).toBe("SIGTERM");
  });

  it("comes by force where it is not heard", async () => {
    const child = await startFamily(createSpawn(), await temporary(), { isDeaf: true, leaderStays: true });
    const grandchild = Number(await firstLine(child.stdout));
    await child.end(100);
    expect([await isRunning(child.pid), await isRunning(grandchild)]).toEqual([false, false]);
    expect((await child.exit).signal).toBe("SIGKILL");
  });

  it("reaches what an exited leader left behind", async () => {
    const child = await startFamily(createSpawn(), await temporary(), { isDeaf: false, leaderStays: false });
    const grandchild = Number(await firstLine(child.stdout));
    await child.exit;
    expect(await isRunning(grandchild)).toBe(true);
    await child.end(5_000);
    expect(await isRunning(grandchild)).toBe(false);
  });

  it.runIf(hasProc)("is the end of what left its group, by force where it is not heard", async () => {
    for (const isDeaf of [false, true]) {
      const { child, stray } = await startLeaver(createSpawn(), { isDeaf, leaderStays: true });
      expect(await isRunning(stray)).toBe(true);
      await child.end(isDeaf ? 100 : 5_000);
      expect([await isRunning(child.pid), await isRunning(stray)]).toEqual([false, false]);
    }
  });

  it.runIf(hasProc)("reaches what left its group also when nothing else of it is left", async () => {
    const { child, stray } = await startLeaver(createSpawn(), { isDeaf: false, leaderStays: false });
    await child.exit;
    await child.end(5_000);
    expect(await isRunning(stray)).toBe(false);
  });

  it.runIf(hasProc)("leaves what others started alone", async () => {
    const spawn = createSpawn();
    const [one, other] = [await startLeaver(spawn, { isDeaf: false, leaderStays: true }), await startLeaver(spawn, { isDeaf: false, leaderStays: true })];
    await one.child.end(5_000);
    expect([await isRunning(other.child.pid), await isRunning(other.stray)]).toEqual([true, true]);
    await spawn.close();
    expect([await isRunning(other.child.pid), await isRunning(other.stray)]).toEqual([false, false]);
  });

  it("comes with the abort of its signal", async () => {
    const controller = new AbortController();
    const child = await startFamily(createSpawn(), await temporary(), { isDeaf: false, leaderStays: true, signal: controller.signal });
    const grandchild = Number(await firstLine(child.stdout));
    controller.abort();
    expect((await child.exit).signal).toBe("SIGTERM");
    await child.end();
    expect(await isRunning(grandchild)).toBe(false);
    await expect(createSpawn().start({ argv: ["/bin/cat"], cwd: "/", env: {} }, { signal: controller.signal })).rejects.toThrow();
  });

  it("comes for all with the end of the host", async () => {
    const spawn = createSpawn();
    const cwd = await temporary();
    const children = await Promise.all([startFamily(spawn, cwd, { isDeaf: false, leaderStays: true }), startFamily(spawn, cwd, { isDeaf: false, leaderStays: false })]);
    const grandchildren = await Promise.all(children.map(async (child) => Number(await firstLine(child.stdout))));
    await spawn.close();
    expect(await Promise.all(grandchildren.map(isRunning))).toEqual([false, false]);
  });

  it("may be asked for again after it came", async () => {
    const child = await createSpawn().start({ argv: ["/bin/true"], cwd: "/", env: {} }, { signal: never });
    await child.exit;
    await Promise.all([child.end(), child.end(0)]);
  });
});

describe("containment", () => {
  it("is refused where nothing contains", async () => {
    const pretending: Sandbox = { boundary: "none", contains: false, wrap: (request) => request };
    for (const spawn of [createSpawn(), createSpawn(pretending)]) {
      await expect(spawn.start({ argv: ["/bin/true"], cwd: "/", env: {} }, { signal: never, containment })).rejects.toMatchObject({ code: "sandbox.unavailable" });
    }
  });

  it("starts what the sandbox makes of the request, and asks it only then", async () => {
    const cwd = await temporary();
    const sandbox: Sandbox = { boundary: "test", contains: true, wrap: (request) => ({ ...request, argv: ["/bin/echo", "contained", ...request.argv] }) };
    const spawn = createSpawn(sandbox);
    const contained = await spawn.start({ argv: ["x"], cwd, env: {} }, { signal: never, containment });
    expect(await textOf(contained.stdout)).toBe("contained x\n");
    const free = await spawn.start({ argv: ["/bin/echo", "x"], cwd, env: {} }, { signal: never });
    expect(await textOf(free.stdout)).toBe("x\n");
  });
});
