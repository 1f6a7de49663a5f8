import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Spawn, SpawnRequest } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ShellPlace } from "./shell-place.ts";
import { createShellPlace, toShown } from "./shell-place.ts";
import { startCalling } from "./process.ts";

let place: ShellPlace | undefined;
const make = async (...options: Parameters<typeof createShellPlace>): Promise<ShellPlace> => (place = await createShellPlace(...options));
afterEach(() => place?.dispose());

/** Every file of kept outputs in which the text stands, and every folder of one. */
async function findKept(state: string, text: string): Promise<{ readonly files: number; readonly folders: number }> {
  const entries = await readdir(join(state, "shell-outputs"), { recursive: true, withFileTypes: true });
  const texts = await Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")));
  return { files: texts.filter((each) => each.includes(text)).length, folders: entries.filter((entry) => entry.isDirectory()).length };
}

/** A spawn with a sandbox in it: the state of the home is hidden from what does not say what it is to reach. */
function hideState(spawn: Spawn): Spawn {
  return {
    async start(request, { signal, containment }) {
      if (request.argv[0] === "rm" && containment?.writable.includes(request.cwd) !== true) throw new OmniError("sandbox.unavailable", "The state is hidden.");
      return spawn.start(request, { signal });
    },
  };
}

/** A spawn in which the `nth` removal fails. */
function failRemoval(nth: number): (spawn: Spawn) => Spawn {
  let removals = 0;
  const toFailing = (request: SpawnRequest): SpawnRequest => (request.argv[0] === "rm" && (removals += 1) === nth ? { ...request, argv: ["/bin/sh", "-c", "exit 1"] } : request);
  return (spawn) => ({
    async start(request, options) {
      if (options.containment !== undefined) throw new OmniError("sandbox.unavailable", "Nothing contains.");
      return spawn.start(toFailing(request), options);
    },
  });
}

describe("a session that is forgotten", () => {
  it("takes every output of its own with it, and no other", async () => {
    const { call, page, state, toolset } = await make({ wholeBytes: 1_000 });
    for (const sessionId of ["test:a", "test:b", "test:a"]) await call({ command: "printf 'zanzibar%.0s' $(seq 1 300000)" }, { sessionId });
    const kept = await call({ command: "seq 1 1000" }, { sessionId: "test:b" });
    expect(await findKept(state, "zanzibar")).toEqual({ files: 9, folders: 4 });
    await toolset.forgetSession?.("test:a");
    expect(await findKept(state, "zanzibar")).toEqual({ files: 3, folders: 2 });
    expect(await findKept(state, "test:a")).toMatchObject({ files: 0 });
    expect(toShown(await page({ id: String(kept.structuredContent?.["outputId"]), limit: 10 }, "test:b"))).toContain("1\n2\n3\n");
    await toolset.forgetSession?.("test:b");
    await toolset.forgetSession?.("test:b");
    expect(await findKept(state, "")).toEqual({ files: 0, folders: 0 });
  });

  it("is nothing where no output was kept", async () => {
    const { toolset } = await make();
    await expect(toolset.forgetSession?.("test:a")).resolves.toBeUndefined();
  });

  it.each([1, 2])("is forgotten when it is tried again after removal %d failed", async (nth) => {
    const { call, state, toolset } = await make({ wholeBytes: 1_000 }, {}, failRemoval(nth));
    await call({ command: "printf 'zanzibar%.0s' $(seq 1 1000)" }, { sessionId: "test:a" });
    await expect(toolset.forgetSession?.("test:a")).rejects.toMatchObject({ code: "files.denied" });
    expect(await findKept(state, "test:a")).toEqual({ files: 1, folders: 1 });
    await toolset.forgetSession?.("test:a");
    expect(await findKept(state, "")).toEqual({ files: 0, folders: 0 });
  });

  it("is forgotten also where programs are contained and do not see the state", async () => {
    const { call, state, toolset } = await make({ wholeBytes: 1_000 }, {}, hideState);
    await call({ command: "seq 1 1000" }, { sessionId: "test:a" });
    await toolset.forgetSession?.("test:a");
    expect(await findKept(state, "")).toEqual({ files: 0, folders: 0 });
  });
});

describe("a long output", () => {
  it("is given whole up to its bound", async () => {
    const { call } = await make();
    const result = await call({ command: "seq 1 200000" });
    expect(toShown(result).startsWith(`${Array.from({ length: 200_000 }, (_, index) => index + 1).join("\n")}\n[exit code 0, `)).toBe(true);
    expect(result.structuredContent).toMatchObject({ exitCode: 0, signal: null, truncated: false, outputBytes: 1_288_895 });
  });

  it("RL-70 of 100 MB takes less than 32 MiB of memory, and every byte can be paged", async () => {
    const { call, page } = await make();
    const result = await call({ command: "seq -f %09.0f 1 10000000" });
    const text = toShown(result);
    expect(text.length).toBeLessThan(140_000);
    expect(text.startsWith("000000001\n000000002\n")).toBe(true);
    expect(text).toMatch(/\n010000000\n\[exit code 0, [\d.]+ s; the output has 100,000,000 bytes, of which only head and tail are given; read the rest with shell\.output \{"id":"\w+","offset":65536\}\]$/);
    const id = String(result.structuredContent?.["outputId"]);
    expect(toShown(await page({ id, offset: 52_428_790, limit: 30 }))).toBe("005242880\n005242881\n005242882\n[bytes 52,428,790–52,428,819 of 100,000,000; go on with offset 52428820]");
    expect(toShown(await page({ id, offset: 99_999_990 }))).toBe("010000000\n[bytes 99,999,990–99,999,999 of 100,000,000]");
    expect(toShown(await page({ id, offset: 100_000_000 }))).toMatch(/^ERROR .*past its end/);
  });

  it("RL-70 of a process that prints 100 MB or without end grows the gateway by less than 32 MiB", async () => {
    const { workspace } = await make();
    // Long enough that more than is given whole comes on a busy machine too.
    for (const input of [{ command: "yes abcdefgh | head -c 100000000" }, { command: "yes", timeoutMs: 8_000 }]) {
      const calling = startCalling(input, workspace);
      await calling.next();
      const { grownKib, length, facts } = await calling.next();
      expect(Number(grownKib), JSON.stringify(facts)).toBeLessThan(32 * 1_024);
      expect(Number(length)).toBeLessThan(140_000);
    }
  });

  it("RL-70 without end is ended once it is longer than any program's", async () => {
    const { text } = await make({ endlessBytes: 20_000_000 });
    expect((await text({ command: "yes" })).split("\n").at(-1)).toMatch(/^\[ended after [\d.]+ s, as its output had no end; let it print less; the output has [\d,]+ bytes/);
  });

  it("beyond the limit on disk is counted, dropped and said so", async () => {
    const { call, page } = await make({ wholeBytes: 1_000, callBytes: 5_000 });
    const result = await call({ command: "seq 1 10000" });
    expect(toShown(result)).toMatch(/48,894 bytes.*only the first 5,000 bytes are kept \(the limit of one output was reached\)\]$/);
    expect(toShown(result)).toContain("\n10000\n[exit code 0");
    expect(toShown(await page({ id: String(result.structuredContent?.["outputId"]), offset: 4_990 }))).toContain("of 5,000]");
  });

  it("keeps its head while its blocks are filled again", async () => {
    const { text } = await make({ wholeBytes: 1_000 });
    expect(await text({ command: "seq -f %09.0f 1 400000" })).toMatch(/^000000001\n000000002\n[^]*\n000400000\n\[exit code 0/);
  });

  it("is read only by its own session", async () => {
    const { call, page } = await make({ wholeBytes: 1_000 });
    const id = String((await call({ command: "seq 1 1000" })).structuredContent?.["outputId"]);
    expect(toShown(await page({ id, limit: 10 }))).toContain("1\n2\n3\n");
    expect(toShown(await page({ id, limit: 10 }, "test:other"))).toMatch(/^ERROR This session has no kept output/);
  });

  it("makes room for itself: the oldest outputs go", async () => {
    const { call, page, state } = await make({ wholeBytes: 1_000, keptCalls: 2 });
    const ids: string[] = [];
    for (let round = 0; round < 4; round += 1) ids.push(String((await call({ command: "seq 1 1000" })).structuredContent?.["outputId"]));
    expect(await readdir(join(state, "shell-outputs"))).toEqual(ids.slice(2));
    expect(toShown(await page({ id: ids[0] ?? "" }))).toMatch(/^ERROR/);
  });

  it("is cut and paged between characters", async () => {
    const { call, page } = await make({ wholeBytes: 999 });
    const result = await call({ command: "for i in 1 2 3 4 5; do printf '日本語😀é%.0s' $(seq 1 100); done" });
    expect(toShown(result)).not.toContain("\ufffd");
    const id = String(result.structuredContent?.["outputId"]);
    let whole = "";
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const text = toShown(await page({ id, offset, limit: 777 }));
      const note = text.lastIndexOf("[");
      whole += text.slice(0, note - 1);
      const next: string | undefined = /go on with offset (\d+)/.exec(text.slice(note))?.[1];
      offset = next === undefined ? undefined : Number(next);
    }
    expect(whole).toBe("日本語😀é".repeat(500));
  });
});
