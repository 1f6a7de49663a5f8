import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeTerminalOptions } from "./fake-terminal.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { runCommandLine } from "../src/command-line.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "omni-commands-"));
  await mkdir(join(root, "work"));
  await writeFile(join(root, "work", "a.txt"), "alpha\n");
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

const toJson = ({ out }: Done): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;
const configFile = (): string => join(root, "home", "omni.json");

async function configure(text: string): Promise<void> {
  await mkdir(join(root, "home"), { mode: 0o700 });
  await writeFile(configFile(), text);
}

describe("omni run", () => {
  test("works in the current folder and has a session of its own", async () => {
    const done = await omni(["run", "files.list"]);
    expect(done).toEqual({ code: 0, out: "a.txt (6 B)\n", err: "call files.list {}\ndone files.list: a.txt (6 B)\n" });
    const sessions = toJson(await omni(["sessions", "list", "--json"]))["sessions"];
    expect(sessions).toEqual([{ sessionId: expect.stringMatching(/^cli:[0-9A-Z]{26}$/), turns: 1, toolCalls: 1, updatedAt: expect.stringMatching(/^\d{4}-.*Z$/) }]);
  });

  test("takes the task from stdin, and its words unquoted", async () => {
    expect((await omni(["run", "--quiet", "-"], { input: 'files.read {"path":"a.txt"}\n' })).out).toBe("alpha\n");
    expect((await omni(["run", "--quiet", "files.read", '{"path":"a.txt"}'])).out).toBe("alpha\n");
  });

  test("works in the folder it is given, and says when there is none", async () => {
    await mkdir(join(root, "other"));
    expect((await omni(["run", "--quiet", "--workspace", "../other", "files.list"])).out).not.toContain("a.txt");
    expect(await omni(["run", "--workspace", "nowhere", "files.list"])).toMatchObject({ code: 2, err: expect.stringMatching(/^omni: workspace\.not-found: .*\n$/) });
  });

  test("fails with no-model where there is none, and with 2 for an empty task", async () => {
    expect(await omni(["run", "--json", "write a poem"])).toMatchObject({ code: 1, out: expect.stringContaining('"code":"no-model"') });
    expect(toJson(await omni(["run", "--json", ""]))).toMatchObject({ error: { code: "message.empty" } });
    expect((await omni(["run", ""])).code).toBe(2);
  });

  test("answers every ask with no where nobody is there", async () => {
    const done = toJson(await omni(["run", "--json", 'files.write {"path":"b","content":"x"}']));
    expect(done["toolCalls"]).toEqual([{ name: "files.write", status: "denied" }]);
  });

  test("tells a broken omni.json in one line, on stdout too with --json", async () => {
    await configure('{\n  "agent": }');
    const done = await omni(["run", "--json", "files.list"]);
    expect(done.code).toBe(2);
    expect(done.err).toMatch(/^omni: config\.invalid: .*omni\.json:2:12: .*\n$/);
    expect(toJson(done)).toMatchObject({ error: { code: "config.invalid" } });
  });

  test("says on stderr what the configuration has that nobody knows", async () => {
    await configure('{ "agnet": {} }');
    expect(await omni(["run", "files.list"])).toMatchObject({ code: 0, err: expect.stringMatching(/^omni: warning: .*agnet.*\n/) });
  });

  test("ends with 2 for a home that cannot be", async () => {
    await writeFile(join(root, "file"), "");
    expect((await omni(["run", "files.list", "--home", join(root, "file", "home")])).code).toBe(2);
  });
});

describe("omni stdio", () => {
  test("keeps one conversation and its own session", async () => {
    const done = await omni(["stdio"], { input: 'files.list\nfiles.read {"path":"a.txt"}\n' });
    expect(done).toEqual({ code: 0, out: "a.txt (6 B)\nalpha\n\n", err: "" });
    expect(toJson(await omni(["sessions", "show", "stdio:default", "--json"]))).toMatchObject({ stats: { totalTurns: 2 } });
  });
});

describe("omni sessions", () => {
  beforeEach(async () => {
    for (const task of ["files.list", 'files.read {"path":"a.txt"}']) await omni(["run", "--session", "review", task]);
  });

  test("show has the numbers and the newest turns", async () => {
    const view = toJson(await omni(["sessions", "show", "review", "--json", "--limit", "1"]));
    expect(view).toMatchObject({ sessionId: "cli:review", stats: { totalTurns: 2, totalToolCalls: 2, windowUsed: 2 } });
    expect(view["turns"]).toMatchObject([{ user: 'files.read {"path":"a.txt"}', output: "alpha\n", toolCalls: [{ name: "files.read", arguments: { path: "a.txt" }, status: "completed" }] }]);
  });

  test("reset empties what the model sees and keeps the transcript", async () => {
    expect((await omni(["sessions", "reset", "review"])).code).toBe(0);
    const view = toJson(await omni(["sessions", "show", "review", "--json"]));
    expect(view).toMatchObject({ stats: { totalTurns: 2, windowUsed: 0, tokens: 0 } });
    expect(view["turns"]).toHaveLength(2);
  });

  test("resume shows the session, or runs a turn in it", async () => {
    expect((await omni(["sessions", "resume", "review"])).err).toBe('Go on with: omni sessions resume cli:review "…"\n');
    expect((await omni(["sessions", "resume", "review", "files.list"])).out).toBe("a.txt (6 B)\n");
    expect(toJson(await omni(["sessions", "show", "review", "--json"]))).toMatchObject({ stats: { totalTurns: 3 } });
    expect((await omni(["sessions", "resume", "nothing", "files.list"])).code).toBe(2);
  });

  test("export writes every turn, as JSON lines or to be read", async () => {
    const lines = (await omni(["sessions", "export", "review"])).out.trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { user: string }).user)).toEqual(["files.list", 'files.read {"path":"a.txt"}']);
    expect((await omni(["sessions", "export", "review", "--format", "markdown"])).out).toMatch(/^# cli:review\n\n## /);
  });

  test("delete asks a person, wants --yes elsewhere, and leaves nothing", async () => {
    expect((await omni(["sessions", "delete", "review"])).code).toBe(2);
    expect((await omni(["sessions", "delete", "review"], { isTerminal: true, input: "no\n" })).code).toBe(1);
    expect((await omni(["sessions", "delete", "review"], { isTerminal: true, input: "y\n" })).code).toBe(0);
    expect(await omni(["sessions", "show", "review"])).toMatchObject({ code: 2, err: expect.stringContaining("session.not-found") });
  });
});

describe("omni tools", () => {
  test("list and search show tools with their schemas", async () => {
    const { tools } = toJson(await omni(["tools", "list", "--json"])) as { tools: readonly Record<string, unknown>[] };
    expect(tools.find((tool) => tool["name"] === "files.read")).toMatchObject({ owner: "files", effect: "read", enabled: true, inputSchema: { type: "object" } });
    const found = toJson(await omni(["tools", "search", "read", "file", "--json"])) as { tools: readonly Record<string, unknown>[] };
    expect(found.tools[0]?.["name"]).toBe("files.read");
  });

  test.each([
    [["files.read", '{"path":"a.txt"}'], 0, "completed"],
    [["files.read", '{"path":"no.txt"}'], 1, "failed"],
    [["files.read", "{}"], 1, "failed"],
    [["files.write", '{"path":"b","content":"x"}'], 3, "needs-approval"],
    [["files.write", '{"path":"../b","content":"x"}', "--autonomy", "full"], 3, "denied"],
    [["files.write", '{"path":"b","content":"x"}', "--autonomy", "full"], 0, "completed"],
  ])("call %j ends with %i as %s", async (given, code, status) => {
    const done = await omni(["tools", "call", "--json", ...given]);
    expect(done.code).toBe(code);
    expect(toJson(done)).toMatchObject({ status, isError: status !== "completed", content: [{ type: "text" }] });
  });

  test("call runs what the person at the terminal approves", async () => {
    const done = await omni(["tools", "call", "files.write", '{"path":"b","content":"x"}'], { isTerminal: true, input: "y\n" });
    expect(done.code).toBe(0);
    expect(await readFile(join(root, "work", "b"), "utf8")).toBe("x");
  });

  test("call names the nearest tool, and refuses arguments that are no JSON object", async () => {
    expect(await omni(["tools", "call", "files.red"])).toMatchObject({ code: 2, err: expect.stringContaining("Did you mean files.read?") });
    for (const args of ["{path}", "[]", "7"]) expect((await omni(["tools", "call", "files.read", args])).code).toBe(2);
  });
});

describe("omni config", () => {
  test("set keeps comments, names the implementation an option is for, and get shows it", async () => {
    await configure('{\n  // mine\n  "agent": { "maxRounds": 9 },\n}\n');
    expect((await omni(["config", "set", "agent.maxRounds", "7"])).code).toBe(0);
    expect((await omni(["config", "set", "policy.with.autonomy", "full"])).code).toBe(0);
    const text = await readFile(configFile(), "utf8");
    expect(text).toContain("// mine");
    expect((await omni(["config", "get", "agent.maxRounds"])).out).toBe("7\n");
    expect((await omni(["config", "get", "policy"])).out).toBe(`${JSON.stringify({ use: "workspace", with: { autonomy: "full" } }, null, 2)}\n`);
    expect((await omni(["config", "validate"])).code).toBe(0);
  });

  test.each([
    ["agent.maxRounds", "many"],
    ["agent.maxRouns", "7"],
    ["policy.with.autonomy", "crazy"],
    ["provider.use", "nothing-like-it"],
    ["", "7"],
  ])("set refuses %s %s and changes nothing", async (path, value) => {
    await configure('{ "agent": { "maxRounds": 9 } } // as it was\n');
    expect(await omni(["config", "set", path, value])).toMatchObject({ code: 2, err: expect.stringMatching(/^omni: config\.invalid: .*\n$/) });
    expect(await readFile(configFile(), "utf8")).toBe('{ "agent": { "maxRounds": 9 } } // as it was\n');
  });

  test("get shows a reference, never the secret behind it", async () => {
    await configure('{ "provider": { "use": "openai", "with": { "apiKey": "${MY_KEY}", "baseUrl": "http://127.0.0.1:9/v1" } } }');
    const done = await omni(["config", "get"], { env: { MY_KEY: "sk-secret" } });
    expect(done.out).toContain('"apiKey": "${MY_KEY}"');
    expect(done.out).not.toContain("sk-secret");
  });

  test("validate names what is wrong with its place, and ends with 2", async () => {
    await configure('{\n  "agnet": {}\n}');
    const done = await omni(["config", "validate", "--json"]);
    expect(done.code).toBe(2);
    expect(toJson(done)).toMatchObject({ valid: false, problems: [{ severity: "error", path: "agnet", line: 2 }], error: { code: "config.invalid" } });
  });

  test("path and schema need no home", async () => {
    expect((await omni(["config", "path"])).out).toBe(`${configFile()}\n`);
    expect(JSON.parse((await omni(["config", "schema"])).out)).toMatchObject({ type: "object" });
    await expect(readFile(configFile())).rejects.toThrow("ENOENT");
  });
});

describe("omni tokens", () => {
  test("add shows the token once, list its name only, revoke ends it", async () => {
    const made = toJson(await omni(["tokens", "add", "laptop", "--scopes", "read, chat", "--json"]));
    expect(made).toMatchObject({ token: expect.stringMatching(/^omni_[\w-]{43}$/), name: "laptop", scopes: ["read", "chat"] });
    const listed = await omni(["tokens", "list", "--json"]);
    expect(toJson(listed)).toMatchObject({ tokens: [{ name: "laptop", scopes: ["read", "chat"] }] });
    expect(listed.out).not.toContain(String(made["token"]));
    expect((await omni(["tokens", "revoke", "laptop"])).code).toBe(0);
    expect((await omni(["tokens", "revoke", "laptop"])).code).toBe(2);
    expect((await omni(["tokens", "add", "x", "--scopes", "everything"])).code).toBe(2);
  });

  test("add makes one that expires, and refuses a time that is none", async () => {
    const made = toJson(await omni(["tokens", "add", "guest", "--expires", "12h", "--json"]));
    expect(Date.parse(String(made["expiresAt"])) - Date.parse(String(made["createdAt"]))).toBe(43_200_000);
    expect((await omni(["tokens", "list"])).out).toContain(String(made["expiresAt"]));
    for (const time of ["0h", "12", "soon", "-1d", "99999w", "1.5h"]) expect((await omni(["tokens", "add", "x", `--expires=${time}`])).code).toBe(2);
  });
});

describe("omni pair", () => {
  test("shows a code for a token that is not there yet", async () => {
    const shown = await omni(["pair", "phone", "--scopes", "read"]);
    expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/^[0-9A-Z]{8}\n$/) });
    expect(toJson(await omni(["pair", "--json"]))).toEqual({ code: expect.stringMatching(/^[0-9A-Z]{8}$/), name: expect.stringMatching(/^device-[0-9a-z]{6}$/), scopes: ["read", "chat"], expiresAt: expect.stringMatching(/Z$/) });
    expect(toJson(await omni(["tokens", "list", "--json"]))).toEqual({ tokens: [] });
    expect((await omni(["pair", "phone", "--scopes", "root"])).code).toBe(2);
  });
});

describe("omni routes", () => {
  test("lists every route with its scopes, and starts nothing", async () => {
    const { routes } = toJson(await omni(["routes", "--json"])) as { routes: readonly { path: string; auth: string; scopes: readonly string[] }[] };
    expect(routes).toContainEqual({ method: "POST", path: "/message", auth: "bearer", scopes: ["chat"], about: expect.any(String) });
    expect(routes.filter(({ auth, scopes }) => (auth === "bearer") !== scopes.length > 0)).toEqual([]);
    expect((await omni(["routes"])).out).toMatch(/DELETE +\/sessions\/:id +bearer +admin/);
    await expect(readdir(join(root, "home"))).rejects.toThrow("ENOENT");
  });
});
