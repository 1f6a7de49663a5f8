import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { FakeTerminal, FakeTerminalOptions } from "./fake-terminal.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { runCommandLine } from "../src/command-line.ts";

let root: string;
let model: FakeOpenAI;
let gateway: { readonly terminal: FakeTerminal; readonly ended: Promise<number> } | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "omni-joined-"));
  model = await createFakeOpenAI();
  await mkdir(join(root, "work"));
  await writeFile(join(root, "work", "a.txt"), "alpha\n");
});
afterEach(async () => {
  gateway?.terminal.signal("SIGTERM");
  await gateway?.ended;
  gateway = undefined;
  await model.close();
  await rm(root, { recursive: true, force: true });
});

function toTerminal(given: readonly string[], options: FakeTerminalOptions): FakeTerminal {
  return createFakeTerminal({ cwd: join(root, "work"), ...options, arguments: given, env: { OMNI_HOME: join(root, "home"), OPENAI_BASE_URL: model.url, NO_COLOR: "1", ...options.env } });
}

interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function omni(given: readonly string[], options: FakeTerminalOptions = {}): Promise<Done> {
  const terminal = toTerminal(given, options);
  const code = await runCommandLine(terminal, "0.0.0");
  return { code, out: terminal.out(), err: terminal.err() };
}

/** A gateway of the home in this process, which listens. */
async function startGateway(): Promise<void> {
  const terminal = toTerminal(["gateway", "--port", "0", "--json"], {});
  gateway = { terminal, ended: runCommandLine(terminal, "0.0.0") };
  // The first one of a process loads all of the gateway, which a busy machine is slow with.
  await expect.poll(() => terminal.out(), { timeout: 60_000 }).toContain('"url"');
}

/** Where no model is: what is answered with this, the gateway has answered. */
const nowhere = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };

function script(): void {
  model.script([
    { ...callReply([{ name: "files.edit", arguments: { path: "a.txt", old: "alpha", new: "beta" } }]), text: "I edit." },
    textReply("Edited."),
  ]);
}

const person: FakeTerminalOptions = { isTerminal: true, columns: 100 };

describe("a person at a terminal", () => {
  test.each([
    ["yes", "y\n", "beta\n"],
    ["after a word that is no answer, no", "what\nn\n", "alpha\n"],
    ["nothing more", "", "alpha\n"],
  ])("is asked, and says %s: the same joined as in process", async (_, input, content) => {
    script();
    const alone = await omni(["run", "--session", "a", "edit it"], { ...person, input });
    expect(await readFile(join(root, "work", "a.txt"), "utf8")).toBe(content);
    await writeFile(join(root, "work", "a.txt"), "alpha\n");
    await startGateway();
    script();
    const joined = await omni(["run", "--session", "b", "edit it"], { ...person, input, env: nowhere });
    expect(await readFile(join(root, "work", "a.txt"), "utf8")).toBe(content);
    expect(alone).toMatchObject({ code: 0, out: "I edit.\nEdited.\n", err: expect.stringContaining("files.edit wants to run") });
    expect(joined).toEqual(alone);
  });
});

describe("a chat command", () => {
  test.each(["/help", "/status", "/nonsense"])("is answered the same joined as in process: %s", async (text) => {
    const alone = await omni(["run", "--session", "chat", text]);
    await startGateway();
    expect(await omni(["run", "--session", "chat", text], { env: nowhere })).toEqual(alone);
    expect(alone.code).toBe(0);
    expect(alone.out).not.toBe("");
  });
});

describe("a session that is resumed with a text", () => {
  test("goes on in the gateway, and says the same as in process", async () => {
    model.script([textReply("one"), textReply("two")]);
    await omni(["run", "--session", "a", "begin"]);
    const alone = await omni(["sessions", "resume", "a", "go", "on"]);
    await startGateway();
    model.script([textReply("two")]);
    const joined = await omni(["sessions", "resume", "a", "go", "on"], { env: nowhere });
    expect(alone).toEqual({ code: 0, out: "two\n", err: "" });
    expect(joined).toEqual(alone);
  });

  test("must be there", async () => {
    await startGateway();
    expect(await omni(["sessions", "resume", "nothing", "go on"], { env: nowhere })).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/^omni: session\.not-found: .*\n$/) });
    expect(model.chats).toEqual([]);
  });
});

describe("errors before a turn", () => {
  test.each([
    ["an empty task", ["run", ""]],
    ["a task with a NUL", ["run", "--json", "a\u0000b"]],
    ["a session of no valid form", ["run", "--session", "Odd:", "go"]],
    ["a workspace that is none", ["run", "--json", "--workspace", "nowhere", "go"]],
    ["a task that is too long", ["run", "x".repeat(1_048_577)]],
  ])("are the same joined as in process: %s", async (_, given) => {
    const alone = await omni(given);
    await startGateway();
    expect(await omni(given, { env: nowhere })).toEqual(alone);
    expect(alone.code).toBe(2);
  });

  test("of single lines are answered in their place", async () => {
    const input = ['{"message":"one"}', "nonsense", '{"message":""}', '{"message":"two","sessionId":"cli:other"}'].join("\n");
    await startGateway();
    model.script([textReply("first"), textReply("second")]);
    const { code, out } = await omni(["stdio", "--json"], { input, env: nowhere });
    const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(code).toBe(0);
    expect(lines).toMatchObject([
      { status: "completed", sessionId: "stdio:default" },
      { error: { code: "message.invalid" } },
      { error: { code: "message.empty" } },
      { status: "completed", sessionId: "cli:other" },
    ]);
  });
});
