import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExportedEpisode } from "@omni/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeTerminalOptions } from "./fake-terminal.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { inRuntime } from "./state/state-home.ts";
import { runCommandLine } from "../src/command-line.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "omni-memory-commands-"));
  await mkdir(join(root, "work"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, in a home and a folder of the test's own, without a model. */
async function omni(given: readonly string[], options: FakeTerminalOptions = {}): Promise<Done> {
  const terminal = createFakeTerminal({ cwd: join(root, "work"), ...options, arguments: given, env: { OMNI_HOME: join(root, "home"), ...options.env } });
  const code = await runCommandLine(terminal, "0.0.0");
  return { code, out: terminal.out(), err: terminal.err() };
}

async function ask(...given: readonly string[]): Promise<Record<string, unknown>> {
  const done = await omni([...given, "--json"]);
  expect(done).toMatchObject({ code: 0 });
  return JSON.parse(done.out) as Record<string, unknown>;
}

function toLine(id: string, text: string, more: Partial<ExportedEpisode> = {}): string {
  const numbers = { q: 0.5, uses: 0, successes: 0, failures: 0, at: Date.UTC(2026, 0, 2), createdAt: 1, lastUsedAt: 1 };
  return JSON.stringify({ id, kind: "fact", text, intent: "", experience: "", outcome: "", ...numbers, source: { trusted: true }, scope: { scope: "user", owner: "owner" }, ...more });
}

const berta = toLine("f1", "Berta lives in Graz");
const door = toLine("f2", "the door code is 4711", { scope: { scope: "session", owner: "cli:review" }, source: { sessionId: "cli:review", turnId: "t1", trusted: false } });
const backup = toLine("e1", "A backup with rsync: it worked", { kind: "episode", intent: "backup", experience: "with rsync", outcome: "it worked", q: 0.8, uses: 6, successes: 6, lastUsedAt: Date.UTC(2026, 1, 3) });
/** The same, known to everybody. */
const learned = JSON.stringify({ ...(JSON.parse(backup) as ExportedEpisode), scope: { scope: "agent", owner: "default" } });

async function keep(...lines: readonly string[]): Promise<Done> {
  await writeFile(join(root, "work", "in.jsonl"), lines.join("\n"));
  return omni(["memory", "import", "in.jsonl"]);
}

describe("omni memory import and export", () => {
  test("carry everything over, with what was learned, and once", async () => {
    expect(await keep(berta, "", door, backup)).toMatchObject({ code: 0, err: "3 of 3 memories were new.\n" });
    expect(await keep(berta, backup)).toMatchObject({ code: 0, err: "0 of 2 memories were new; those that were known stay as they are.\n" });
    const exported = (await omni(["memory", "export"])).out;
    expect(exported.trim().split("\n").map((line) => JSON.parse(line) as unknown)).toMatchObject([berta, door, backup].map((line) => JSON.parse(line) as object));
    await rm(join(root, "home", "state"), { recursive: true });
    expect(JSON.parse((await omni(["memory", "import", "-", "--json"], { input: exported })).out)).toEqual({ imported: 3, known: 0 });
    expect((await omni(["memory", "export"])).out).toBe(exported);
  });

  test("write a file that only its owner can read, whole or not at all", async () => {
    await keep(berta, door);
    expect(await ask("memory", "export", "--out", "out.jsonl")).toEqual({ exported: 2, path: join(root, "work", "out.jsonl") });
    expect((await stat(join(root, "work", "out.jsonl"))).mode & 0o777).toBe(0o600);
    expect((await readFile(join(root, "work", "out.jsonl"), "utf8")).trim().split("\n")).toHaveLength(2);
    expect(await omni(["memory", "export", "--out", "nowhere/out.jsonl"])).toMatchObject({ code: 2, err: expect.stringMatching(/^omni: usage\.invalid: .*nowhere.*cannot be written/) });
  });

  test.each([
    ["no JSON", "{", /Line 2 of in\.jsonl is no memory: it is no JSON/],
    ["no object", "[]", /Line 2 .*it is no object/],
    ["no text", toLine("x", " "), /Line 2 .*text is blank/],
    ["a wrong kind", toLine("x", "y").replace('"fact"', '"rumour"'), /Line 2 .*kind is none of episode, passage, fact/],
    ["a utility out of range", toLine("x", "y", { q: 2 }), /Line 2 .*q is not from 0 to 1/],
    ["a missing number", toLine("x", "y").replace('"uses":0,', ""), /Line 2 .*uses is no number/],
    ["a count that is not whole", toLine("x", "y", { uses: 1.5 }), /Line 2 .*uses is no whole number from 0/],
    ["a count below nothing", toLine("x", "y", { failures: -3 }), /Line 2 .*failures is no whole number from 0/],
    ["a time without a date", toLine("x", "y", { at: 1e18 }), /Line 2 .*at has no date/],
    ["a use at a time without a date", toLine("x", "y", { lastUsedAt: -1e18 }), /Line 2 .*lastUsedAt has no date/],
    ["texts that are too long together", toLine("x", "y".repeat(2_000_001), { previous: "z".repeat(2_000_000) }), /Line 2 .*its texts have 4000001 characters, and 4000000 are the most/],
    ["a missing scope", toLine("x", "y").replace('"scope":"user"', '"scope":"all"'), /Line 2 .*scope is none of session/],
    ["an empty id", toLine("", "y"), /Line 2 .*id has not 1 to 512 characters/],
    ["an id that is too long", toLine("x".repeat(513), "y"), /Line 2 .*id has not 1 to 512 characters/],
    ["a missing source", toLine("x", "y").replace('{"trusted":true}', "null"), /Line 2 .*source is no object/],
  ])("name the line that is broken and take nothing: %s", async (_, line, problem) => {
    expect(await keep(berta, line, door)).toMatchObject({ code: 2, err: expect.stringMatching(problem) });
    expect(await ask("memory", "stats")).toMatchObject({ episodes: 0 });
  });

  test("say what file cannot be read", async () => {
    expect(await omni(["memory", "import", "none.jsonl"])).toMatchObject({ code: 2, err: expect.stringContaining("none.jsonl cannot be read") });
    expect(await omni(["memory", "import", "."])).toMatchObject({ code: 2, err: expect.stringContaining("cannot be read") });
  });
});

describe("omni memory search and list", () => {
  beforeEach(() => keep(berta, door, backup));

  test("look everywhere, or where they are told to", async () => {
    const { results } = await ask("memory", "search", "door", "code");
    expect(results).toEqual([{ id: "f2", kind: "fact", score: expect.any(Number), similarity: expect.any(Number), utility: 0.5, text: "the door code is 4711", source: { sessionId: "cli:review", turnId: "t1", trusted: false }, scope: "session:cli:review", at: "2026-01-02T00:00:00.000Z" }]);
    expect(await ask("memory", "search", "door code", "--scope", "user:owner", "--floor", "0.5")).toEqual({ results: [] });
    expect(await ask("memory", "search", "door code", "--session", "review")).toMatchObject({ results: [{ id: "f2" }] });
    expect(await ask("memory", "list", "--scope", "user:owner", "--scope=session:cli:review")).toMatchObject({ memories: [{}, {}, {}] });
    expect(await ask("memory", "list", "--session", "other")).toEqual({ memories: [] });
  });

  test("list the newest first, a part, or a kind", async () => {
    const ids = async (...flags: readonly string[]): Promise<unknown> => ((await ask("memory", "list", ...flags))["memories"] as readonly { readonly id: string }[]).map(({ id }) => id);
    expect(await ids()).toEqual(["e1", "f2", "f1"]);
    expect(await ids("--limit", "1", "--offset", "1")).toEqual(["f2"]);
    expect(await ids("--kind", "fact")).toEqual(["f2", "f1"]);
    expect(await ids("--kind", "fact", "--offset", "1", "--limit", "5")).toEqual(["f1"]);
    expect((await ask("memory", "list", "--kind", "episode"))["memories"]).toMatchObject([{ id: "e1", standing: "kept", utility: 0.8, uses: 6, usedAt: "2026-02-03T00:00:00.000Z", scope: "user:owner" }]);
  });

  test("are for reading where nobody wants JSON", async () => {
    expect((await omni(["memory", "search", "door", "code"])).out).toMatch(/^0\.\d\d {2}\(similarity 0\.\d\d, utility 0\.50\) {2}fact {2}2026-01-02 {2}f2 {2}session:cli:review\n {4}the door code is 4711\n$/);
    expect((await omni(["memory", "list"])).out).toMatch(/^ID +KIND +STANDING +UTILITY +USES +SAID +SCOPE +TEXT\ne1 +episode +kept +0\.80/);
    expect(await omni(["memory", "search", "zeppelin"])).toEqual({ code: 0, out: "", err: "Nothing that is remembered fits these words.\n" });
  });

  test("take any characters as words, from stdin too, and need some", async () => {
    for (const query of ['"', "AND OR NOT", "text:door*", "🚪", "門のコード", "NEAR(door code)", "' OR 1=1 --"]) expect((await omni(["memory", "search", "--", query])).code).toBe(0);
    expect(JSON.parse((await omni(["memory", "search", "-", "--json"], { input: `code ${"door ".repeat(100_000)}` })).out)).toMatchObject({ results: [{ id: "f2" }] });
    expect((await omni(["memory", "search", "-"], { input: "x".repeat(1_048_577) })).err).toMatch(/^omni: message\.too-large/);
    for (const query of ["", "  ", "-"]) expect((await omni(["memory", "search", query])).err).toMatch(/^omni: usage\.invalid: There are no words/);
    expect(await omni(["memory", "search", "x", "--scope", "nobody"])).toMatchObject({ code: 2, err: expect.stringContaining("SCOPE:OWNER") });
  });
});

describe("omni memory forget", () => {
  beforeEach(() => keep(berta, door, backup));

  test("erases what it is told to, and nothing where one of the ids is unknown", async () => {
    expect(await omni(["memory", "forget", "f1", "f9", "--yes"])).toMatchObject({ code: 2, err: expect.stringContaining('There is no memory "f9"') });
    expect(await ask("memory", "forget", "f1", "e1", "f1", "--yes")).toEqual({ forgotten: 2, ids: ["f1", "e1"] });
    expect(await ask("memory", "list")).toMatchObject({ memories: [{ id: "f2" }] });
  });

  test("asks a person, and wants the flag where there is none", async () => {
    expect(await omni(["memory", "forget", "f1"])).toMatchObject({ code: 2, err: expect.stringContaining("--yes") });
    expect(await omni(["memory", "forget", "f1"], { isTerminal: true, input: "n\n" })).toMatchObject({ code: 1, err: expect.stringMatching(/Berta[^]*Nothing was forgotten/) });
    expect(await omni(["memory", "forget", "f1"], { isTerminal: true, input: "y\n" })).toMatchObject({ code: 0, err: expect.stringContaining("1 memory was forgotten.") });
  });
});

describe("omni memory stats, tend and why", () => {
  test("count by kind and say how things are found", async () => {
    expect(await ask("memory", "stats")).toMatchObject({ memory: "sqlite", widestScope: "session", episodes: 0, kinds: { episode: 0, passage: 0, fact: 0 }, scopes: [] });
    await keep(berta, door, backup);
    expect(await ask("memory", "stats")).toMatchObject({ episodes: 3, kinds: { episode: 1, passage: 0, fact: 2 }, promoted: 0, retired: 0, scopes: ["session:cli:review", "user:owner"] });
    expect((await omni(["memory", "stats"])).out).toMatch(/^memory {6}sqlite\nremembered {2}3: 2 facts, 0 passages, 1 experiences\n/);
    expect((await omni(["memory", "stats"], { env: { OMNI_EMBEDDER: "false" } })).out).toContain("by words alone");
  });

  test("promote what helped into MEMORY.md of the workspace, and say why", async () => {
    await keep(berta, learned);
    expect(await ask("memory", "tend")).toMatchObject({ decisions: [{ id: "e1", decision: "promote", uses: 6, successes: 6, reason: "it helped 6 of 6 times", trusted: true }] });
    expect(await readFile(join(root, "work", "MEMORY.md"), "utf8")).toContain("- A backup with rsync: it worked\n");
    expect((await omni(["memory", "tend"])).out).toBe("0 utilities moved toward 0.5; there was nothing new to decide about.\n");
    expect(await ask("memory", "stats")).toMatchObject({ promoted: 1 });
  });

  test("promote what one person alone knows without writing it where others read", async () => {
    await keep(backup);
    expect(await ask("memory", "tend")).toMatchObject({ decisions: [{ id: "e1", decision: "promote" }] });
    await expect(stat(join(root, "work", "MEMORY.md"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("say what page cannot be written, and write it when it can be", async () => {
    await mkdir(join(root, "work", "MEMORY.md"));
    await keep(learned);
    expect(await omni(["memory", "tend"])).toMatchObject({ code: 1, out: "", err: expect.stringContaining("MEMORY.md") });
    await rm(join(root, "work", "MEMORY.md"), { recursive: true });
    expect(await ask("memory", "tend")).toMatchObject({ decisions: [] });
    expect(await readFile(join(root, "work", "MEMORY.md"), "utf8")).toContain("- A backup with rsync: it worked\n");
  });

  test("say what a turn was shown, and which turns there are not", async () => {
    await omni(["run", "--session", "review", "files.list"]);
    expect(await ask("memory", "why", "--session", "review")).toMatchObject({ sessionId: "cli:review", status: "completed", toolCalls: [{ name: "files.list", status: "completed" }], shown: [] });
    expect((await omni(["memory", "why", "--session", "review"])).out).toMatch(/completed, 1 of 1 tool calls completed; .*\n\nIt was shown no memories\.\n/);
    await inRuntime(join(root, "home"), async ({ store }) => {
      const input = { turnId: "t9", sessionId: "cli:review", text: "never mind", principal: { id: "owner", scopes: ["chat"] }, autonomy: "full", workspace: root, origin: "cli", interactive: true, at: 1 } as const;
      await store.accept({ input, channel: "cli", platformId: "t9", queueLimit: 9 });
      expect(await store.cancelQueued("t9", 2)).toBe(true);
    });
    expect(await ask("memory", "why", "--session", "review")).toMatchObject({ status: "completed", toolCalls: [{ name: "files.list" }] });
    expect(await omni(["memory", "why", "nothing"])).toMatchObject({ code: 2, err: expect.stringContaining("turn.not-found") });
    expect((await omni(["memory", "why"])).code).toBe(2);
    expect((await omni(["memory", "why", "x", "--session", "y"])).code).toBe(2);
  });
});

test("every command says that memory is turned off where it is", async () => {
  await writeFile(join(root, "work", "in.jsonl"), "");
  for (const given of [["search", "x"], ["list"], ["stats"], ["why", "x"], ["forget", "x"], ["export"], ["import", "in.jsonl"], ["tend"]]) {
    expect(await omni(["memory", ...given], { env: { OMNI_MEMORY: "false" } })).toEqual({ code: 2, out: "", err: 'omni: usage.invalid: Memory is turned off; take "memory": false out of omni.json to use it.\n' });
  }
});
