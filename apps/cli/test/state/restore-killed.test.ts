import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { backUpState, restoreState } from "@omni/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inRuntime, mark, openHome, readMarks } from "./state-home.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "omni-restore-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Restores in a process of its own that dies right after its nth step. */
function killAfter(number: number, home: string, file: string, force = ""): Promise<void> {
  const child = fileURLToPath(new URL("restore-child.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["--conditions=@omni/source", child, home, file, String(number), force], (error, stdout, stderr) => {
      if (error?.signal === "SIGKILL") resolve();
      else reject(new Error(`it was not killed: ${stdout}${stderr}`));
    });
  });
}

/** Restores in this process; gives its steps. */
async function restoreHere(home: string, file: string): Promise<readonly string[]> {
  const steps: string[] = [];
  const opened = await openHome(home);
  try {
    await restoreState({ ...opened, file, keepConfig: false, force: false, version: "0.0.0", pid: process.pid, signal: new AbortController().signal, tell: () => undefined, step: (name) => void steps.push(name) });
    return steps;
  } finally {
    await opened.host.close();
  }
}

/** A backup marked `after`, and a home marked `before` into which it is to be restored. */
async function prepare(): Promise<{ readonly file: string; readonly start: string }> {
  const [source, start, file] = [join(root, "source"), join(root, "start"), join(root, "backup.tar.gz")];
  await mark(source, "after");
  const opened = await openHome(source);
  await backUpState({ ...opened, file, force: false, version: "0.0.0", pid: process.pid, signal: new AbortController().signal, tell: () => undefined });
  await opened.host.close();
  await mark(start, "before");
  return { file, start };
}

/** What the next start finds in a copy of the home whose restore was killed after a step. */
async function findKilled(number: number, { start, file }: { readonly start: string; readonly file: string }, force = ""): Promise<{ readonly found: unknown; readonly state: readonly string[]; readonly home: string }> {
  const home = join(root, `home-${number}`);
  await cp(start, home, { recursive: true });
  await killAfter(number, home, file, force);
  return { found: await readMarks(home), state: await readdir(join(home, "state")), home };
}

describe("a restore that is killed", () => {
  it("leaves the old state up to its record, and the new one from there on, never a mixture", { timeout: 120_000 }, async () => {
    const { file, start } = await prepare();
    const [before, after] = [await readMarks(start), await readMarks(join(root, "source"))];
    expect(before).toMatchObject({ store: "before", memory: ["before"], isSound: [true, true], skills: ["before", ""] });
    const whole = join(root, "whole");
    await cp(start, whole, { recursive: true });
    const steps = await restoreHere(whole, file);
    expect(steps).toEqual(["unpacked", "checked", "kept", "recorded", "store", "memory", "omni.json", "mcp.json", "workspace/MEMORY.md", "old skills", "skills", "done"]);
    expect(await readMarks(whole)).toEqual(after);
    for (const pair of [["kept", "recorded"], ["store", "omni.json"], ["old skills", "done"]]) {
      const found = await Promise.all(pair.map((name) => findKilled(steps.indexOf(name) + 1, { start, file })));
      for (const [index, each] of found.entries()) {
        expect([pair[index], each.found]).toEqual([pair[index], pair[index] === "kept" ? before : after]);
        expect(each.state).not.toContain("restore.json");
      }
    }
  });

  it("while it moves damage away leaves the new state too; damage that nobody said to move is left as it is", { timeout: 120_000 }, async () => {
    const { file, start } = await prepare();
    await writeFile(join(start, "state", "omni.db"), "damaged");
    const after = await readMarks(join(root, "source"));
    await expect(restoreHere(start, file)).rejects.toMatchObject({ code: "store.corrupt", message: expect.stringContaining("--force") });
    expect(await readFile(join(start, "state", "omni.db"), "utf8")).toBe("damaged");
    const { found, state, home } = await findKilled(4, { start, file }, "force");
    expect(found).toEqual(after);
    const aside = state.find((name) => name.startsWith("before-restore-")) ?? "";
    expect(await readFile(join(home, "state", aside, "omni.db"), "utf8")).toBe("damaged");
  });
});

/** Number of the step after which the store is that of the backup, and nothing else is. */
const storeReplaced = 5;

describe("a restore that is killed once the store is replaced", { timeout: 120_000 }, () => {
  it("takes nothing in before the next start, which replaces the rest and leaves what was written since then", async () => {
    const { file, start: home } = await prepare();
    // It was there before the restore, which did not see it: it had run nothing yet.
    await inRuntime(home, async (runtime) => {
      await killAfter(storeReplaced, home, file);
      expect((await runtime.store.getDocument("word", "one"))?.value).toBe("after");
      await runtime.store.putDocument("word", "since", "kept");
      await expect(runtime.submit({ sessionId: "cli:one", text: "hello", principal: { id: "owner", scopes: ["chat"] }, origin: "cli", interactive: false })).rejects.toMatchObject({ code: "home.held" });
    });
    expect(await readMarks(home)).toEqual(await readMarks(join(root, "source")));
    expect(await inRuntime(home, async ({ store }) => (await store.getDocument("word", "since"))?.value)).toBe("kept");
  });

  it("is gone on with also where another one was refused meanwhile", async () => {
    const { file, start: home } = await prepare();
    await inRuntime(home, async ({ store }) => {
      await killAfter(storeReplaced, home, file);
      await store.join({ kind: "agent", pid: 4_711 });
      await expect(restoreHere(home, file)).rejects.toMatchObject({ code: "home.held", message: expect.stringContaining("pid 4711") });
    });
    expect(await readMarks(home)).toEqual(await readMarks(join(root, "source")));
  });
});
