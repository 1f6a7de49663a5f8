import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SpawnExit } from "@omni/core";
import { createToolContext } from "@omni/testkit";
import { createManualClock } from "@omni/testkit/fakes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ShellPlace } from "./shell-place.ts";
import { createShellPlace, eventually, hasProc, isAlive, toShown } from "./shell-place.ts";
import { createOutputRecord } from "../src/output-record.ts";
import { followProgram } from "../src/run-program.ts";
import { startCalling } from "./process.ts";

/** Numbers of processes that a command wrote, one a line. */
async function readPids(path: string, count: number): Promise<readonly number[]> {
  const read = async (): Promise<readonly number[]> => (await readFile(path, "utf8").catch(() => "")).split("\n").filter((line) => line !== "").map(Number);
  await eventually(async () => (await read()).length >= count);
  return read();
}

async function areGone(pids: readonly number[]): Promise<boolean> {
  return (await Promise.all(pids.map(isAlive))).every((alive) => !alive);
}

describe("shell.run", () => {
  let place: ShellPlace;
  beforeEach(async () => void (place = await createShellPlace()));
  afterEach(() => place.dispose());

  it("gives output and exit code, and calls any other end than 0 an error", async () => {
    const result = await place.call({ command: "echo hello" });
    expect(toShown(result)).toMatch(/^hello\n\[exit code 0, [\d.]+ s\]$/);
    expect(result.structuredContent).toEqual({ exitCode: 0, signal: null, durationMs: expect.any(Number), truncated: false, outputBytes: 6 });
    expect(await place.text({ command: "true" })).toMatch(/^\[exit code 0, /);
    expect(await place.text({ command: "echo out; echo err >&2; exit 3" })).toMatch(/^ERROR (out\nerr|err\nout)\n\[exit code 3, /);
    expect(await place.text({ command: "kill -SEGV $$" })).toMatch(/^ERROR \[ended by SIGSEGV, /);
  });

  it("shows both streams in the order they came", async () => {
    const command = "for i in 1 2 3; do echo out$i; sleep 0.05; echo err$i >&2; sleep 0.05; done";
    expect(await place.text({ command })).toContain("out1\nerr1\nout2\nerr2\nout3\nerr3\n[exit code 0");
  });

  it("hands plain words and lists to the program without a shell", async () => {
    expect(await place.text({ argv: ["printf", "%s|", "$HOME", "*", "a b"] })).toContain("$HOME|*|a b|");
    expect(await place.text({ command: "printf '%s|' '$HOME' \"*\" a\\ b" })).toContain("$HOME|*|a b|");
    expect(await place.text({ command: "cat /proc/$PPID/comm | tr a-z A-Z" })).toMatch(/^[A-Z]/);
  });

  it("runs in the workspace or a folder of it, and nowhere else", async () => {
    await mkdir(join(place.workspace, "src"));
    await symlink("/etc", join(place.workspace, "out"));
    expect(await place.text({ command: "pwd" })).toMatch(/\/workspace\n/);
    expect(await place.text({ command: "pwd", cwd: "src" })).toMatch(/\/workspace\/src\n/);
    expect(await place.text({ command: "pwd", cwd: join(place.workspace, "src") })).toMatch(/\/workspace\/src\n/);
    expect(await place.text({ command: "pwd", cwd: "none" })).toMatch(/^ERROR There is no folder "none"/);
    expect(await place.text({ command: "pwd", cwd: "out" })).toMatch(/^ERROR "out" is a link/);
    await expect(place.call({ command: "pwd", cwd: ".." })).rejects.toMatchObject({ code: "files.outside" });
  });

  it("says which program was not found, and where it was looked for", async () => {
    expect(await place.text({ command: "no-such-program --help" })).toMatch(/^ERROR "no-such-program" could not be started.*looked for in \/usr\/local\/bin:/);
  });

  it("gives programs no environment but its own and what the owner set", async () => {
    await place.dispose();
    place = await createShellPlace({ env: { LANG: "C", EXTRA: "given" } }, { OPENAI_API_KEY: "sk-secret-of-the-gateway" });
    const names = (await place.text({ argv: ["env"] })).split("\n").filter((line) => line.includes("=")).map((line) => line.split("=")[0]);
    expect(names.sort()).toEqual(["DEBIAN_FRONTEND", "EXTRA", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_PAGER", "GIT_TERMINAL_PROMPT", "HOME", "LANG", "NO_COLOR", "PAGER", "PATH", "PWD", "TERM", "_OMNI_GROUP"]);
    expect(await place.text({ command: "echo $HOME $LANG" })).toContain(`${place.workspace} C\n`);
    await expect(createShellPlace({ env: { MINE: "sk-secret-of-the-gateway" } }, { OPENAI_API_KEY: "sk-secret-of-the-gateway" })).rejects.toMatchObject({ code: "config.invalid" });
  });

  it("lets git run nothing that a file of the workspace names, unless the owner says where its settings are", async () => {
    const settings = '[core]\n\tfsmonitor = "touch ran; false"\n';
    await mkdir(join(place.workspace, ".config", "git"), { recursive: true });
    for (const path of [".gitconfig", ".config/git/config"]) await writeFile(join(place.workspace, path), settings);
    const command = "git init -q . && touch tracked && git add tracked && git status --short";
    expect(await place.text({ command })).toContain("A  tracked\n");
    expect(await place.text({ argv: ["ls"] })).not.toContain("ran\n");
    await place.dispose();
    place = await createShellPlace({ env: { GIT_CONFIG_GLOBAL: ".gitconfig" } });
    await writeFile(join(place.workspace, ".gitconfig"), settings);
    expect(await place.text({ command })).toContain("A  tracked\n");
    expect(await place.text({ argv: ["ls"] })).toContain("ran\n");
  });

  it("RL-71 ends a program that ignores SIGTERM, and its grandchildren, when its time is up", async () => {
    const command = "trap '' TERM; echo $$ >> pids; (trap '' TERM; echo $(sh -c 'echo $PPID') >> pids; sleep 300 & echo $! >> pids; wait) & sleep 300";
    const text = await place.text({ command, timeoutMs: 300 });
    expect(text).toMatch(/^ERROR \[ended after [\d.]+ s, its time limit of 0\.3 s, with all that it had started/);
    const pids = await readPids(join(place.workspace, "pids"), 3);
    expect(await areGone(pids)).toBe(true);
  });

  it("RL-71 is over with its group within a second of being stopped, and tells the output so far", async () => {
    const controller = new AbortController();
    const outcome = place.call({ command: "trap '' TERM; echo begun; echo $$ >> pids; sleep 300 & echo $! >> pids; wait; sleep 300" }, { signal: controller.signal });
    const pids = await readPids(join(place.workspace, "pids"), 2);
    const stopped = performance.now();
    controller.abort(new Error("cancelled"));
    expect(toShown(await outcome)).toMatch(/^ERROR begun\n\[stopped after /);
    expect(performance.now() - stopped).toBeLessThan(1_000);
    expect(await areGone(pids)).toBe(true);
  });

  it("RL-71 ends a program whose call was stopped while it was being started", async () => {
    const exit = Promise.withResolvers<SpawnExit>();
    const none = (async function* () {})();
    const end = async (): Promise<void> => exit.resolve({ code: null, signal: "SIGTERM" });
    const spawned = { pid: 0, stdout: none, stderr: none, write: async () => undefined, exit: exit.promise, end };
    const record = createOutputRecord({ wholeBytes: 1, callBytes: 1, open: () => Promise.reject(new Error("nothing is kept")) });
    const context = createToolContext({ signal: AbortSignal.abort(new Error("cancelled")) });
    expect(await followProgram(spawned, { clock: createManualClock(), context, record, timeoutMs: 1, endlessBytes: 1 })).toMatchObject({ stop: "stopped" });
  });

  it("RL-71 does not wait for what a program left behind, and ends it", async () => {
    const begun = performance.now();
    expect(await place.text({ command: "sleep 300 & echo $! >> pids; echo done" })).toMatch(/^done\n\[exit code 0/);
    expect(await place.text({ command: "sleep 300 >/dev/null 2>&1 & echo $! >> pids" })).toMatch(/^\[exit code 0/);
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect(await areGone(await readPids(join(place.workspace, "pids"), 2))).toBe(true);
  });

  it.runIf(hasProc)("RL-71 ends a program that left the group, a daemon as well, with what it started", async () => {
    const begun = performance.now();
    const commands = [
      "setsid sleep 300 & echo $! >> pids; echo done",
      "setsid sh -c 'echo $$ >> pids; sleep 300; echo' > /dev/null 2>&1 & until [ -s pids ]; do :; done; echo done",
      `(setsid sh -c "trap '' TERM; sleep 300 & echo \\$! >> pids; sleep 300" > /dev/null 2>&1 &); until [ -s pids ]; do :; done; echo done`,
    ];
    for (const command of commands) {
      expect(await place.text({ command: `rm -f pids; ${command}` })).toMatch(/^done\n\[exit code 0/);
      expect(await areGone(await readPids(join(place.workspace, "pids"), 1))).toBe(true);
    }
    expect(performance.now() - begun).toBeLessThan(6_000);
  });

  it.runIf(hasProc)("RL-71 ends a program that left the group when the call is stopped, within a second", async () => {
    const controller = new AbortController();
    const outcome = place.call({ command: `setsid sh -c "trap '' TERM; echo \\$\\$ >> pids; exec sleep 300" & wait` }, { signal: controller.signal });
    const pids = await readPids(join(place.workspace, "pids"), 1);
    const stopped = performance.now();
    controller.abort(new Error("cancelled"));
    expect(toShown(await outcome)).toMatch(/^ERROR \[stopped after /);
    expect(performance.now() - stopped).toBeLessThan(1_000);
    expect(await areGone(pids)).toBe(true);
  });

  it("RL-71 does not wait for a program that cannot be found, though it holds the output open", async () => {
    const begun = performance.now();
    expect(await place.text({ command: "env -i setsid sleep 5 & echo done" })).toMatch(/^done\n\[exit code 0/);
    expect(performance.now() - begun).toBeLessThan(4_000);
  });

  it.runIf(hasProc)("RL-71 leaves nothing running when the gateway is killed", async () => {
    const calling = startCalling({ command: "trap '' TERM; echo $$ >> pids; sleep 300 & echo $! >> pids; setsid sh -c 'echo $$ >> pids; exec sleep 300' & sleep 300" }, place.workspace);
    const { workspace } = await calling.next();
    const pids = await readPids(join(String(workspace), "pids"), 3);
    expect(await Promise.all(pids.map(isAlive))).toEqual([true, true, true]);
    calling.child.kill("SIGKILL");
    await eventually(() => areGone(pids));
  });

  it("RL-71 is ended with the toolset", async () => {
    const outcome = place.call({ command: "echo $$ >> pids; sleep 300" });
    const pids = await readPids(join(place.workspace, "pids"), 1);
    await place.toolset.close();
    expect(toShown(await outcome)).toMatch(/^ERROR \[ended by SIGTERM/);
    expect(await areGone(pids)).toBe(true);
  });

  it("RL-72 gives plain text: no escapes, no control characters, no binary data", async () => {
    expect(await place.text({ command: "printf '\\033[31mred\\033[0m \\033]0;title\\007a\\bb\\r\\n10%%\\r20%%\\r\\n'" })).toContain("red ab\n10%\n20%\n[exit");
    expect(await place.text({ command: "printf 'caf\\351 a\\0b'" })).toContain("caf\ufffd a\u2400b\n[exit");
    expect(await place.text({ command: "echo before; sleep 0.5; head -c 100000 /dev/urandom; sleep 0.5; echo after" })).toContain("before\n[100,000 bytes that are no text are not shown]\nafter\n[exit");
  });

  it("RL-73 has no input and no terminal: what asks fails at once", async () => {
    const begun = performance.now();
    expect(await place.text({ command: "read line; echo $?" })).toContain("1\n[exit code 0");
    expect(await place.text({ argv: ["cat"] })).toMatch(/^\[exit code 0/);
    expect(await place.text({ command: "test -t 0 || test -t 1 || test -t 2; echo $?; (: < /dev/tty) 2>/dev/null || echo none" })).toContain("1\nnone\n");
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it("RL-74 takes ten thousand small writes in as they come", async () => {
    const result = await place.call({ command: "i=0; while [ $i -lt 10000 ]; do echo $i; i=$((i+1)); done" });
    expect(toShown(result).split("\n").length).toBe(10_001);
  });

  it("tells the latest line while the program runs, at most twice a second", async () => {
    const lines: string[] = [];
    const progress = async (text: string): Promise<void> => void lines.push(text);
    await place.call({ command: "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; sleep 0.1; done" }, { progress });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(4);
    expect(lines[0]).toMatch(/^line \d+$/);
  });
});
