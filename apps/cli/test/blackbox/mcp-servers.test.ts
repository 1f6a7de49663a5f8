import { mkdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Finished, Place } from "./omni-process.ts";
import { createPlace, omni, startOmni, toJson } from "./omni-process.ts";

const everything: string = fileURLToPath(new URL("../../../../packages/tool-mcp/node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url));

let place: Place;
beforeEach(async () => {
  place = await createPlace();
});
afterEach(() => place.dispose());

const servers = (...words: readonly string[]): Promise<Finished> => omni(place, ["mcp", "servers", ...words]);
const home = (): string => join(place.home, "mcp.json");
const written = async (): Promise<unknown> => JSON.parse(await readFile(home(), "utf8"));

async function write(text: string, name = "mcp.json"): Promise<void> {
  await mkdir(place.home, { recursive: true, mode: 0o700 });
  await writeFile(join(place.home, name), text);
}

interface List {
  readonly path: string;
  readonly origin: string;
  readonly servers: readonly { readonly name: string; readonly state: string; readonly faults: readonly string[] }[];
}

/** A program that leaves a mark when it is started. */
const canary = (): object => ({ command: "/bin/sh", args: ["-c", `touch ${place.root}/started; sleep 1`] });
const hasStarted = (): Promise<boolean> => stat(join(place.root, "started")).then(() => true, () => false);

/** The text of a file that is about to be written. */
async function appearing(path: string): Promise<string> {
  for (;;) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text.endsWith("\n")) return text;
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
}

describe("omni mcp servers", () => {
  it("says which commands there are, and the nearest to one there is not", async () => {
    expect(await omni(place, ["mcp", "--help"])).toMatchObject({ code: 0, stdout: expect.stringContaining("omni mcp servers is about") });
    expect(await omni(place, ["mcp", "servers", "--help"])).toMatchObject({ code: 0, stdout: expect.stringContaining("--header") });
    expect(await servers()).toMatchObject({ code: 2, stderr: expect.stringContaining("list | add | test") });
    expect(await servers("lst")).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean omni mcp servers list?") });
    expect(await servers("list", "--url", "http://a")).toMatchObject({ code: 2, stderr: expect.stringContaining("--url is no flag of omni mcp servers list") });
    expect(await servers("list", "more")).toMatchObject({ code: 2, stderr: expect.stringContaining('"more" is one argument too many') });
  });
});

describe("omni mcp servers add", () => {
  it("writes a file of its owner's only, keeps references, and a turn has the tools", async () => {
    const added = await servers("add", "every", "--env", "KEY=${SOME_KEY}", "--env", "MODE=a=b", "--timeout-ms", "5000", "--json", "--", process.execPath, "--no-warnings", everything);
    expect(toJson(added)).toEqual({ path: home(), name: "every", replaced: false });
    expect(added.stderr).toContain("the variable SOME_KEY is not set now");
    expect(await written()).toEqual({ mcpServers: { every: { command: process.execPath, args: ["--no-warnings", everything], env: { KEY: "${SOME_KEY}", MODE: "a=b" }, timeoutMs: 5000 } } });
    expect((await stat(home())).mode & 0o777).toBe(0o600);
    const listed = await omni(place, ["tools", "list", "--json"], { env: { SOME_KEY: "x" } });
    expect(listed.stdout).toContain('"every.echo"');
  });

  it("writes one over HTTP with its headers, and warns of a secret in clear without showing it", async () => {
    const added = await servers("add", "web", "--url", "https://example.org/mcp", "--header", "Authorization: Bearer planted-secret", "--header", "X-Kind: a: b", "--trusted", "--disabled");
    expect(added).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("headers.Authorization looks like a secret") });
    expect(added.stderr).not.toContain("planted-secret");
    expect(await written()).toEqual({ mcpServers: { web: { type: "http", url: "https://example.org/mcp", headers: { Authorization: "Bearer planted-secret", "X-Kind": "a: b" }, disabled: true, trusted: true } } });
  });

  it("keeps comments, order and what others wrote, and replaces only with --force", async () => {
    const before = '{\n  // mine\n  "other": 1,\n  "mcpServers": {\n    "one": { "command": "x" } // first\n  }\n}\n';
    await write(before);
    expect(await servers("add", "one", "--", "y")).toMatchObject({ code: 2, stderr: expect.stringContaining("--force") });
    expect(await readFile(home(), "utf8")).toBe(before);
    expect((await servers("add", "two", "--", "y")).code).toBe(0);
    expect((await servers("add", "one", "--force", "--", "z")).code).toBe(0);
    const after = await readFile(home(), "utf8");
    expect(after).toMatch(/^\{\n {2}\/\/ mine\n {2}"other": 1,[\s\S]*"one": \{\n {6}"command": "z"\n {4}\}, \/\/ first\n {4}"two"/);
  });

  it.each([
    [["add"], "NAME"],
    [["add", "x"], "command after --"],
    [["add", "x", "--", ""], "command after --"],
    [["add", " ", "--", "y"], "is empty"],
    [["add", "a\u202eb", "--", "y"], "cannot be seen"],
    [["add", "n".repeat(65), "--", "y"], "more than 64"],
    [["add", "x", "--url", "ftp://a"], "http://"],
    [["add", "x", "--url", "http://a", "--", "y"], "not both"],
    [["add", "x", "--url", "http://a", "--env", "A=1"], "--header"],
    [["add", "x", "--header", "A: 1", "--", "y"], "--env"],
    [["add", "x", "--env", "planted", "--", "y"], "NAME=VALUE"],
    [["add", "x", "--type", "http", "--", "y"], "needs a url"],
    [["add", "x", "--timeout-ms", "0", "--", "y"], "--timeout-ms"],
    [["add", "x", "-y", "z"], "after --"],
  ])("refuses %j and writes nothing", async (words, why) => {
    const refused = await servers(...words);
    expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(why) });
    expect(refused.stderr).toMatch(/^omni: usage\.invalid: [^\n]*\n$/);
    await expect(stat(home())).rejects.toThrow();
  });

  it("does not touch a file that is broken, and says where", async () => {
    await write('{\n  "mcpServers": {,}\n}');
    for (const words of [["add", "x", "--", "y"], ["remove", "x"], ["list"], ["test"]]) {
      expect(await servers(...words)).toMatchObject({ code: 2, stderr: expect.stringMatching(/config\.invalid: .*mcp\.json:2:18: expected a key/) });
    }
    expect(await readFile(home(), "utf8")).toBe('{\n  "mcpServers": {,}\n}');
  });

  it("takes a name with odd characters and says what the tools are called, and a program that is not there yet", async () => {
    const added = await servers("add", "my server", "--", "no-such-program-here");
    expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining("my-server.*") });
    expect(added.stderr).toContain('"no-such-program-here" is no program');
  });

  it("changes the file that a flag names", async () => {
    const own = join(place.root, "own.json");
    expect((await servers("add", "x", "--mcp-config", own, "--", "y")).code).toBe(0);
    expect(JSON.parse(await readFile(own, "utf8"))).toEqual({ mcpServers: { x: { command: "y" } } });
    expect((await servers("remove", "x", "--mcp-config", own)).code).toBe(0);
    expect(JSON.parse(await readFile(own, "utf8"))).toEqual({ mcpServers: {} });
    await expect(stat(home())).rejects.toThrow();
  });
});

describe("omni mcp servers list and remove", () => {
  it("show every server with its state and faults, and no secret, and start nothing", async () => {
    await write(
      JSON.stringify({
        mcpServers: {
          canary: canary(),
          off: { url: "http://me:planted-0@127.0.0.1:1/mcp?token=planted-1", headers: { Authorization: "planted-2" }, disabled: true },
          lacking: { command: "x", args: ["--api-key", "planted-3"], env: { PASSWORD: "planted-4", OTHER: "${NOT_SET}" } },
          broken: { command: 7 },
        },
      }),
    );
    const json = await servers("list", "--json");
    const list = toJson<List>(json);
    expect(list).toMatchObject({ path: home(), origin: "home" });
    expect(list.servers.map(({ name, state }) => [name, state])).toEqual([["canary", "enabled"], ["off", "disabled"], ["lacking", "broken"], ["broken", "broken"]]);
    expect(list.servers[2]?.faults).toEqual([expect.stringContaining("set NOT_SET")]);
    expect(list.servers[3]?.faults).toEqual([expect.stringMatching(/mcp\.json:1:\d+: .*command: expected a text/)]);
    const plain = await servers("list");
    expect(plain.stdout).toMatch(/^NAME +STATE +TRANSPORT +TARGET +GIVEN\ncanary +enabled +stdio /);
    expect(plain.stdout).toContain(`from ${home()} (the home's)`);
    expect(json.stdout + json.stderr + plain.stdout + plain.stderr).not.toContain("planted");
    expect(await hasStarted()).toBe(false);
  });

  it("say so where there are none, and the nearest where a name is not there", async () => {
    expect(toJson(await servers("list", "--json"))).toEqual({ path: home(), origin: "home", servers: [] });
    expect(await servers("list")).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("no servers") });
    expect(await servers("remove", "x")).toMatchObject({ code: 2, stderr: expect.stringContaining("it has none") });
    await write('{ "mcpServers": { "files": { "command": "x" }, "web": {} } }');
    expect(await servers("remove", "flies")).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "files"?') });
    expect(await servers("test", "flies")).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "files"?') });
    expect(toJson(await servers("remove", "web", "--json"))).toEqual({ path: home(), name: "web", removed: true });
    expect(await written()).toEqual({ mcpServers: { files: { command: "x" } } });
  });
});

describe("omni mcp servers test", () => {
  it("starts each once and tells its tools, and ends with 1 for one that fails, with its last words and without secrets", async () => {
    const failing = { command: process.execPath, args: ["-e", "console.error('cannot open ' + process.env.API_KEY); process.exit(3)"], env: { API_KEY: "planted-secret" } };
    await write(JSON.stringify({ mcpServers: { good: { command: process.execPath, args: [everything] }, failing, gone: { command: join(place.root, "none") }, off: { ...canary(), disabled: true } } }));
    const json = await servers("test", "--json");
    expect(json.code).toBe(1);
    expect(json.stderr).toMatch(/^test good: .*\ntest failing: .*\ntest gone: /);
    const { servers: tried } = toJson<{ servers: readonly object[] }>(json);
    expect(tried).toEqual([
      expect.objectContaining({ name: "good", status: "ok", transport: "stdio", protocol: expect.stringMatching(/^20/), tools: expect.arrayContaining(["echo"]), milliseconds: expect.any(Number) }),
      expect.objectContaining({ name: "failing", status: "failed", reason: expect.stringContaining("exit code 3"), stderr: expect.stringContaining("cannot open"), advice: expect.any(String) }),
      expect.objectContaining({ name: "gone", status: "failed", advice: expect.stringContaining("installed") }),
    ]);
    const one = await servers("test", "good", "--quiet");
    expect(one).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^ok +good: \d+ tools over stdio in \d+\.\d\d s, protocol 20/) });
    const plain = await servers("test", "failing");
    expect(plain).toMatchObject({ code: 1, stdout: expect.stringMatching(/^fail failing: .*\n +\| cannot open .*\n +run its command by hand/) });
    expect(json.stdout + json.stderr + plain.stdout + plain.stderr).not.toContain("planted-secret");
    expect(await hasStarted()).toBe(false);
  });

  it("gives one up that hangs, in its time, and at once with a signal", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await write(JSON.stringify({ mcpServers: { hanging: { url: `http://127.0.0.1:${port}/mcp` }, stuck: { command: "/bin/sh", args: ["-c", "echo $$ > pid; sleep 600"], cwd: place.root } } }));
    try {
      expect(toJson(await servers("test", "hanging", "--timeout", "0.3", "--json"))).toMatchObject({ servers: [{ status: "failed", reason: "it did not answer within 0.3 s" }] });
      const running = startOmni(place, ["mcp", "servers", "test", "stuck"]);
      await running.until((_, stderr) => stderr.includes("test stuck"));
      const pid = await appearing(join(place.root, "pid"));
      running.child.kill("SIGINT");
      expect(await running.finished).toMatchObject({ code: 130 });
      expect(() => process.kill(Number(pid), 0)).toThrow(/ESRCH/);
    } finally {
      silent.close();
    }
  });
});

describe("a folder's own .mcp.json", () => {
  const own = (): string => join(place.workspace, ".mcp.json");
  const warning = /omni: warning: \S*\.mcp\.json has no effect: [^\n]*omni mcp servers trust \S+\n/g;

  it("has no effect and starts nothing until the folder is trusted, and is told once, never on stdout", async () => {
    await writeFile(own(), JSON.stringify({ mcpServers: { canary: canary() } }));
    for (const words of [["run", "files.list"], ["run", "--json", "files.list"], ["tools", "list", "--json"]]) {
      const finished = await omni(place, words);
      expect(finished.code).toBe(0);
      expect(finished.stderr.match(warning)).toHaveLength(1);
      expect(finished.stdout).not.toContain("has no effect");
    }
    expect(await hasStarted()).toBe(false);
    const trusted = toJson<{ folder: string; servers: unknown }>(await servers("trust", "--json"));
    expect(trusted).toMatchObject({ folder: await realpath(place.workspace), servers: [{ name: "canary" }] });
    const after = await omni(place, ["tools", "list"]);
    expect(after.stderr).not.toContain("has no effect");
    expect(await hasStarted()).toBe(true);
    expect(toJson(await servers("list", "--json"))).toMatchObject({ origin: "workspace", path: own() });
  });

  it("starts its programs in its folder, and replaces the home's", async () => {
    await writeFile(join(place.workspace, "server.mjs"), `await import(${JSON.stringify(everything)});`);
    await writeFile(own(), `\uFEFF${JSON.stringify({ mcpServers: { local: { command: process.execPath, args: ["./server.mjs"], env: { NODE_OPTIONS: "--no-warnings" } } } })}`);
    await write('{ "mcpServers": { "homely": { "command": "x" } } }');
    expect((await servers("trust")).stderr).toMatch(/counts in its folder[^\n]*\n {2}local: .*server\.mjs, given NODE_OPTIONS\n$/);
    expect(toJson<List>(await servers("list", "--json")).servers.map((each) => each.name)).toEqual(["local"]);
    expect(await servers("test")).toMatchObject({ code: 0, stdout: expect.stringContaining("ok   local") });
  });

  it("does not count once it has changed, in a folder below or above, or after untrust", async () => {
    await writeFile(own(), '{ "mcpServers": {} }');
    await write('{\n  // my own\n  "memory": false\n}', "omni.json");
    expect((await servers("trust", place.workspace)).code).toBe(0);
    expect(await readFile(join(place.home, "omni.json"), "utf8")).toContain("// my own");
    const inner = join(place.workspace, "inner");
    await mkdir(inner);
    await writeFile(join(inner, ".mcp.json"), JSON.stringify({ mcpServers: { canary: canary() } }));
    expect((await omni(place, ["tools", "list"], { cwd: inner })).stderr.match(warning)).toHaveLength(1);
    await writeFile(own(), JSON.stringify({ mcpServers: { canary: canary() } }));
    expect((await omni(place, ["tools", "list"])).stderr).toContain("has changed since the folder was trusted");
    expect(await hasStarted()).toBe(false);
    expect((await servers("trust")).code).toBe(0);
    expect((await servers("untrust")).code).toBe(0);
    expect((await omni(place, ["tools", "list"])).stderr.match(warning)).toHaveLength(1);
    expect(await hasStarted()).toBe(false);
    expect(await servers("untrust")).toMatchObject({ code: 2, stderr: expect.stringContaining("is not trusted") });
  });

  it("is not trusted where there is none, or one that is broken or no file", async () => {
    expect(await servers("trust")).toMatchObject({ code: 2, stderr: expect.stringContaining("nothing to trust") });
    expect(await servers("trust", join(place.root, "gone"))).toMatchObject({ code: 2, stderr: expect.stringContaining("workspace.not-found") });
    await writeFile(own(), "{");
    expect(await servers("trust")).toMatchObject({ code: 2, stderr: expect.stringMatching(/\.mcp\.json:1:2: .*not trusted/) });
    await expect(stat(join(place.home, "omni.json"))).rejects.toThrow();
  });

  it("cannot be trusted by a variable that the folder may have set", async () => {
    await writeFile(own(), JSON.stringify({ mcpServers: { canary: canary() } }));
    const { stderr } = await omni(place, ["tools", "list"], { env: { OMNI_TRUSTED_WORKSPACES: JSON.stringify({ [place.workspace]: "sha256:x" }) } });
    expect(stderr).toContain("OMNI_TRUSTED_WORKSPACES has no effect");
    expect(await hasStarted()).toBe(false);
  });
});
