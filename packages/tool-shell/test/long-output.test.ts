import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { ShellPlace } from "./shell-place.ts";
import { createShellPlace, toShown } from "./shell-place.ts";
import { startCalling } from "./process.ts";

describe("a long output", () => {
  let place: ShellPlace | undefined;
  const make = async (...options: Parameters<typeof createShellPlace>): Promise<ShellPlace> => (place = await createShellPlace(...options));
  afterEach(() => place?.dispose());

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
