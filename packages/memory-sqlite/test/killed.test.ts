import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Memory } from "@omni/core";
import { createFakeHost } from "@omni/testkit/fakes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqliteMemory, sqliteMemoryOptions } from "../src/index.ts";

const scope = { scope: "user", owner: "me" } as const;
const facts = ["the kettle is red", "the ladder is long", "the violin is old"];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omni-killed-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(path: string): Memory {
  return createSqliteMemory(sqliteMemoryOptions.parse({ path }), createFakeHost());
}

/** Runs the change in a process of its own that dies before its nth statement; gives the number of statements when it lived. */
function run(path: string, change: string, step: number): Promise<number | undefined> {
  const child = fileURLToPath(new URL("kill-child.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["--conditions=@omni/source", child, path, change, String(step)], (error, stdout, stderr) => {
      if (error === null) resolve(Number(stdout));
      else if (error.signal === "SIGKILL") resolve(undefined);
      else reject(new Error(stderr));
    });
  });
}

/** What the memory knows, each found by its own words, with its utility and its outcomes. */
async function known(path: string): Promise<readonly (readonly [string, number, number])[]> {
  const memory = open(path);
  try {
    const listed = await memory.list({ scopes: [scope], limit: 10 });
    for (const { text } of listed) expect((await memory.recall(text, { scopes: [scope], limit: 1 }))[0]?.episode.text).toBe(text);
    for (const text of [...facts, "the anvil is heavy"]) {
      const found = (await memory.recall(text, { scopes: [scope], limit: 10, floor: 0.6 })).map(({ episode }) => episode.text);
      expect(found).toEqual(listed.some((each) => each.text === text) ? [text] : []);
    }
    return listed.map(({ text, q, uses }) => [text, q, uses] as const).toSorted();
  } finally {
    await memory.close();
  }
}

/** Kills the change at every step of it and gives what was known after each. */
async function killEverywhere(change: string): Promise<{ readonly before: unknown; readonly after: unknown; readonly killed: readonly unknown[] }> {
  const start = join(folder, "start.db");
  const memory = open(start);
  for (const [index, text] of facts.entries()) await memory.store({ kind: "episode", id: `kept-${index}`, text, at: index, source: { trusted: true }, scope });
  await memory.close();
  const before = await known(start);
  const whole = join(folder, "whole.db");
  copyFileSync(start, whole);
  const steps = (await run(whole, change, 0)) ?? 0;
  const after = await known(whole);
  const killed: unknown[] = [];
  const one = async (step: number): Promise<void> => {
    const path = join(folder, `${step}.db`);
    copyFileSync(start, path);
    expect(await run(path, change, step)).toBeUndefined();
    killed.push(await known(path));
  };
  for (let step = 1; step <= steps; step += 2) await Promise.all([one(step), ...(step < steps ? [one(step + 1)] : [])]);
  expect(killed.length).toBe(steps);
  return { before, after, killed };
}

describe("a process killed at every statement of a change", () => {
  it.each(["store", "forget", "reinforce"])("leaves %s done whole or not at all, and everything else as it was", { timeout: 120_000 }, async (change) => {
    const { before, after, killed } = await killEverywhere(change);
    expect(before).not.toEqual(after);
    for (const found of killed) expect([before, after]).toContainEqual(found);
    expect(killed).toContainEqual(before);
  });

  it("leaves a memory that was being made as nothing, or whole", { timeout: 120_000 }, async () => {
    const whole = join(folder, "whole.db");
    const steps = (await run(whole, "create", 0)) ?? 0;
    for (let step = 1; step <= steps; step += 3) {
      const path = join(folder, `${step}.db`);
      await run(path, "create", step);
      const memory = open(path);
      await memory.store({ kind: "fact", text: facts[0] ?? "", at: 0, source: { trusted: true }, scope });
      await memory.close();
      expect((await known(path)).map(([text]) => text)).toContain(facts[0]);
    }
  });
});
