import { realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import type { McpPlace } from "./mcp-place.ts";
import { createMcpPlace, createRealClock } from "./mcp-place.ts";

const places: McpPlace[] = [];

async function place(...parameters: Parameters<typeof createMcpPlace>): Promise<McpPlace> {
  const made = await createMcpPlace(...parameters);
  places.push(made);
  return made;
}

async function ready(...parameters: Parameters<typeof createMcpPlace>): Promise<McpPlace> {
  const made = await place(...parameters);
  await made.until(() => made.toolset.status().state === "ready");
  return made;
}

afterEach(async () => {
  await Promise.all(places.splice(0).map((each) => each.dispose()));
});

it("RL-61 making it does not wait for the server, and the tools come with a change", async () => {
  const odd = await place();
  expect(odd.toolset.tools()).toEqual([]);
  let changes = 0;
  odd.toolset.onChange(() => (changes += 1));
  await odd.until(() => odd.toolset.status().state === "ready");
  expect(changes).toBe(1);
  expect(odd.names()).toContain("odd.echo");
  expect(await odd.text("echo", { text: "hello" })).toBe("hello");
  expect(odd.toolset.status()).toMatchObject({ name: "odd", transport: "stdio", server: { name: "odd", version: "1" }, tools: 14, failures: 0 });
});

it("RL-61 a program that does not exist costs only its own tools and says so", async () => {
  const odd = await place({ command: "/nowhere/to/be/found" });
  await odd.until(() => odd.toolset.status().failures > 0);
  expect(odd.toolset.tools()).toEqual([]);
  expect(odd.toolset.status().diagnosis.errors.join()).toContain("could not be started");
});

it("RL-61 a server that never answers is still connecting, and closing ends its process", async () => {
  const odd = await place({ env: { START: "silent" } });
  await odd.until(() => odd.started.length === 1);
  expect(odd.toolset.status().state).toBe("connecting");
  await odd.toolset.close();
  await odd.started[0]?.exit;
  expect(odd.toolset.status().state).toBe("closed");
});

it("RL-61 a version that nobody speaks is a failure with its reason", async () => {
  const odd = await place({ env: { VERSION: "1999-01-01" } });
  await odd.until(() => odd.toolset.status().failures > 0);
  expect(odd.toolset.status().diagnosis.errors.join()).toContain("1999-01-01");
});

it("RL-57 a crash in a call leaves its fate unknown, the call is not sent again, and the next one finds a new process", async () => {
  const odd = await ready({}, createRealClock(10));
  await expect(odd.call("crash")).rejects.toMatchObject({ code: "tool.unknown-fate", message: expect.stringContaining("exit code 9") });
  expect(odd.names()).toContain("odd.echo");
  expect(await odd.text("echo", { text: "again" })).toBe("again");
  const ledger = await odd.ledger();
  expect(ledger.filter((line) => line === "call crash")).toHaveLength(1);
  expect(ledger.filter((line) => line.startsWith("start"))).toHaveLength(2);
});

it("RL-57 an answer written just before the end counts, and what is called after it waits for the restart", async () => {
  const odd = await ready({}, createRealClock(10));
  expect(await odd.text("answer-and-exit")).toBe("the last words");
  await odd.until(() => odd.toolset.status().state !== "ready");
  expect(await odd.text("echo", { text: "back" })).toBe("back");
});

it("RL-57 a server that fails at every start is broken after five, and its standard error is kept", async () => {
  const odd = await place({ env: { START: "exit" } }, createRealClock(10));
  await odd.until(() => odd.toolset.status().state === "broken");
  const { diagnosis, failures, retryInMs } = odd.toolset.status();
  expect(failures).toBe(5);
  expect(retryInMs).toBeGreaterThan(1_000);
  expect(diagnosis.stderr).toContain("the licence is missing");
  expect(diagnosis.errors.join()).toContain("exit code 3");
});

it("RL-58 a call that hangs ends with its timeout, the server is told, and stays", async () => {
  const odd = await ready({ timeoutMs: 300 });
  await expect(odd.call("hang")).rejects.toMatchObject({ code: "tool.unknown-fate" });
  expect(await odd.text("echo", { text: "still here" })).toBe("still here");
  expect((await odd.ledger()).some((line) => line.startsWith("cancelled"))).toBe(true);
});

it("RL-58 a server that answers nobody is found out, killed though it ignores SIGTERM, and started anew", async () => {
  const odd = await ready({ timeoutMs: 2_000, env: { STUBBORN: "1" } }, createRealClock(10));
  await expect(odd.call("block")).rejects.toMatchObject({ code: "tool.unknown-fate" });
  await odd.until(() => odd.started.length === 2);
  expect(await odd.started[0]?.exit).toEqual({ code: null, signal: "SIGKILL" });
  await odd.until(() => odd.toolset.status().state === "ready");
});

it("RL-58 a call that is stopped ends at once", async () => {
  const odd = await ready();
  const controller = new AbortController();
  const outcome = odd.call("hang", {}, { signal: controller.signal });
  const before = performance.now();
  controller.abort(new Error("stopped by the person"));
  await expect(outcome).rejects.toMatchObject({ code: "tool.unknown-fate" });
  expect(performance.now() - before).toBeLessThan(500);
});

it("RL-59 garbage on standard output is ignored and kept as diagnosis", async () => {
  const odd = await ready({ env: { START: "garbage" } });
  expect(await odd.text("garbage")).toBe("after garbage");
  const { output } = odd.toolset.status().diagnosis;
  expect(output).toEqual(["Welcome to the server!", "\u001b[31mred\u001b[0m", '{"half": ', "[]", '"text"', "no json", '{"jsonrpc":"2.0"}']);
});

it("RL-59 a line of 100 MB fails the server and takes little memory", async () => {
  const odd = await ready({}, createRealClock(10));
  const before = process.memoryUsage().rss;
  await expect(odd.call("long-line")).rejects.toMatchObject({ code: "tool.unknown-fate", message: expect.stringContaining("line of more than") });
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1_048_576);
  expect(await odd.text("echo", { text: "again" })).toBe("again");
});

it("RL-59 a flood of standard error is drained and its end kept", async () => {
  const odd = await ready();
  expect(await odd.text("flood")).toBe("drained");
  await odd.until(() => odd.toolset.status().diagnosis.stderr.endsWith("the last of the noise\n"));
  expect(odd.toolset.status().diagnosis.stderr.length).toBeLessThanOrEqual(65_536);
});

it("RL-60 a storm of changes is read a few times only, and the end of it is what is offered", async () => {
  const odd = await ready();
  let changes = 0;
  odd.toolset.onChange(() => (changes += 1));
  expect(await odd.text("storm")).toBe("over");
  await odd.until(() => odd.names().includes("odd.after-the-storm"));
  expect(changes).toBe(1);
  expect((await odd.ledger()).filter((line) => line === "list").length).toBeLessThan(6);
});

it("tools that did not change stay the same objects when the list is read again", async () => {
  const odd = await ready();
  const [first] = odd.toolset.tools();
  await odd.text("change");
  await odd.until(() => odd.names().includes("odd.more-14"));
  expect(odd.toolset.tools()[0]).toBe(first);
});

it("progress is told and puts the timeout off", async () => {
  const odd = await ready({ timeoutMs: 250 });
  const told: string[] = [];
  const result = await odd.call("progress", {}, { progress: async (text) => void told.push(text) });
  expect(result.content).toEqual([{ type: "text", text: "done" }]);
  expect(told).toEqual(["part 1 (1 of 3)", "part 2 (2 of 3)", "part 3 (3 of 3)"]);
});

it("RL-58 a call that stalls after a word of progress ends with its timeout", async () => {
  const odd = await ready({ timeoutMs: 200 });
  const told: string[] = [];
  await expect(odd.call("stall", {}, { progress: async (text) => void told.push(text) })).rejects.toMatchObject({ code: "tool.unknown-fate" });
  expect(told).toEqual(["1"]);
});

it("an error the server answers with is a result the model reads", async () => {
  const odd = await ready();
  expect(await odd.text("refuse")).toBe("ERROR odd.refuse failed: no such thing");
});

it.each(["Not connected", "the backend is down (HTTP 503)", "no such row (HTTP 404)"])("RL-57 an error the server words as %j is its answer: the call is made once and the connection stays", async (text) => {
  const odd = await ready();
  expect(await odd.text("refuse", { text })).toBe(`ERROR odd.refuse failed: ${text}`);
  expect((await odd.ledger()).filter((line) => line === "call refuse")).toHaveLength(1);
  expect(odd.toolset.status()).toMatchObject({ state: "ready", failures: 0 });
});

it("a server gets the variables of its entry, an allow list of the rest, and the workspace as its folder", async () => {
  const odd = await ready({ env: { MINE: "1" }, inheritedEnv: { HOME: "/home/someone", OPENAI_API_KEY: "sk-secret", PATH: process.env["PATH"] ?? "" } });
  const env: unknown = JSON.parse(await odd.text("environment"));
  expect(env).toMatchObject({ MINE: "1", HOME: "/home/someone" });
  expect(Object.keys(env as object)).not.toContain("OPENAI_API_KEY");
});

it("1,000 tools on ten pages are all offered, and a list that never ends is ended", async () => {
  const [many, loop] = await Promise.all([ready({ env: { LIST: "pages" } }), ready({ env: { LIST: "loop" } })]);
  expect(many.names()).toHaveLength(1_000);
  expect(loop.names()).toEqual(["odd.loop-first", "odd.loop-same"]);
  expect(loop.toolset.status().diagnosis.warnings.join()).toContain("same cursor twice");
});

it("tools that cannot be offered cost themselves only and are warned of", async () => {
  const odd = await ready({ env: { LIST: "odd" } });
  expect(odd.names()).toEqual(["odd.echo", "odd.Tool-with-ünicode/and-spaces-8ccf188b"]);
  expect(odd.toolset.tools()[1]?.description).toMatch(/^d{10000} … \[cut from 20000 characters\]$/);
  expect(odd.toolset.status().diagnosis.warnings).toHaveLength(5);
  expect(odd.log.lines.filter((line) => line.message.includes("cannot be offered"))).toHaveLength(5);
});

it("only the tools of the allow list are offered", async () => {
  const odd = await ready({ allow: ["echo", "nothing"] });
  expect(odd.names()).toEqual(["odd.echo"]);
});

it("an idle server is closed and the next call starts it again", async () => {
  const odd = await ready({ idleTimeoutMs: 150 });
  await odd.until(() => odd.toolset.status().state === "idle");
  await odd.started[0]?.exit;
  expect(odd.names()).toContain("odd.echo");
  expect(await odd.text("echo", { text: "awake" })).toBe("awake");
  expect(odd.started).toHaveLength(2);
});

it("a disabled server starts nothing", async () => {
  const odd = await place({ disabled: true });
  expect(odd.toolset.status()).toMatchObject({ state: "disabled", tools: 0 });
  expect(odd.started).toHaveLength(0);
});

it("closing fails the calls that run and ends the process", async () => {
  const odd = await ready();
  const outcome = odd.call("hang");
  const expectation = expect(outcome).rejects.toMatchObject({ code: "tool.unknown-fate" });
  await odd.toolset.close();
  await expectation;
  await odd.started[0]?.exit;
  expect(odd.toolset.tools()).toEqual([]);
});


it("the reference file server works on the folder it is given and refuses what is outside", async () => {
  const folder = await realpath((await place({ disabled: true })).folder);
  await writeFile(join(folder, "a.txt"), "hello from a file");
  const program = fileURLToPath(new URL("dist/index.js", import.meta.resolve("@modelcontextprotocol/server-filesystem/package.json")));
  const files = await ready({ name: "disk", command: process.execPath, args: [program, folder], trusted: true });
  const read = files.toolset.tools().find((tool) => tool.name === "disk.read_text_file");
  expect(read?.annotations?.readOnlyHint).toBe(true);
  expect(await files.text("read_text_file", { path: join(folder, "a.txt") })).toBe("hello from a file");
  expect(await files.text("read_text_file", { path: "/etc/hostname" })).toMatch(/^ERROR .*denied/);
});

it("a tool that can be called as a task only is called as one, tells how far it is, and can be stopped", async () => {
  const program = fileURLToPath(new URL("dist/index.js", import.meta.resolve("@modelcontextprotocol/server-everything/package.json")));
  const everything = await ready({ name: "all", command: process.execPath, args: [program, "stdio"] });
  const told: string[] = [];
  const controller = new AbortController();
  const stopped = everything.call("simulate-research-query", { topic: "wasps" }, { signal: controller.signal, progress: async () => controller.abort(new Error("enough")) });
  const done = everything.call("simulate-research-query", { topic: "bees" }, { progress: async (text) => void told.push(text) });
  await expect(stopped).rejects.toMatchObject({ code: "tool.unknown-fate" });
  expect(JSON.stringify((await done).content)).toContain("bees");
  expect(told.length).toBeGreaterThan(1);
});
