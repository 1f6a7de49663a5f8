import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createManualClock } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import type { FileLog, FileLogOptions } from "../../src/host/file-log.ts";
import { createFileLog } from "../../src/host/file-log.ts";
import { createKnownSecrets } from "../../src/host/known-secrets.ts";
import { useTemporaryFolders } from "./temporary-folder.ts";

const temporary = useTemporaryFolders();

async function prepare(options: Partial<FileLogOptions> = {}): Promise<{ readonly log: FileLog; readonly folder: string; readonly path: string }> {
  const folder = join(await temporary(), "logs");
  const path = join(folder, "omni.log");
  const log = createFileLog({ path, clock: createManualClock(), secrets: createKnownSecrets({ API_KEY: 'sk-"secret"' }), ...options });
  return { log, folder, path };
}

async function readLines(path: string): Promise<readonly Record<string, unknown>[]> {
  const text = await readFile(path, "utf8");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the log", () => {
  it("makes no file before its first line", async () => {
    const { log, folder } = await prepare();
    await log.close();
    await expect(readdir(folder)).rejects.toThrow("ENOENT");
  });

  it("writes JSON lines in order, for the owner only", async () => {
    const { log, path } = await prepare();
    log.info("first", { turn: 1 });
    log.warn("second\nline");
    await log.close();
    expect((await readLines(path)).map(({ level, message, turn }) => ({ level, message, turn }))).toEqual([
      { level: "info", message: "first", turn: 1 },
      { level: "warn", message: "second\nline", turn: undefined },
    ]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("leaves out what is below its level", async () => {
    const { log, path } = await prepare({ level: "warn" });
    log.debug("no");
    log.info("no");
    log.warn("yes");
    log.error("yes");
    await log.close();
    expect((await readLines(path)).map((line) => line["message"])).toEqual(["yes", "yes"]);
  });

  it("never holds a secret, in a message or in a field", async () => {
    const { log, path } = await prepare();
    log.info('key sk-"secret" leaked', { nested: { key: 'sk-"secret"' } });
    await log.close();
    expect(await readFile(path, "utf8")).not.toContain("secret");
    expect((await readLines(path))[0]).toMatchObject({ message: "key [redacted] leaked", nested: { key: "[redacted]" } });
  });

  it("moves a full file aside and keeps three", async () => {
    const { log, folder } = await prepare({ maxBytes: 1_000 });
    for (let index = 0; index < 40; index += 1) {
      log.info(`line ${index} ${"x".repeat(100)}`);
      await log.flush();
    }
    await log.close();
    expect((await readdir(folder)).sort()).toEqual(["omni.log", "omni.log.1", "omni.log.2"]);
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(1_000);
    const [last] = (await readLines(join(folder, "omni.log"))).slice(-1);
    expect(last?.["message"]).toMatch(/^line 39 /);
  });

  it("cuts a line that is too long", async () => {
    const { log, path } = await prepare();
    log.info("long", { text: "x".repeat(1_000_000) });
    await log.close();
    expect((await stat(path)).size).toBeLessThan(70_000);
    expect((await readLines(path))[0]).toMatchObject({ message: "long" });
  });

  it("loses lines and nothing else when it cannot write, and says how many later", async () => {
    const { log, folder, path } = await prepare();
    await writeFile(folder, "a file is in the way");
    log.info("lost");
    await log.flush();
    const { rm } = await import("node:fs/promises");
    await rm(folder);
    await mkdir(folder);
    log.info("kept");
    await log.close();
    expect(await readLines(path)).toMatchObject([{ message: "kept", droppedLines: 1 }]);
  });
});
