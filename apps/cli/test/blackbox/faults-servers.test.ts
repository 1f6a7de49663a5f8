import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "@omni/core";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Gateway, Place } from "./omni-process.ts";
import { offeredIn, shownOf } from "./fixtures/newest-request.ts";
import { createPlace, fixture, omni, startGateway, toJson } from "./omni-process.ts";
import { isGone, readLines, toPeakMib, toProcessorSeconds } from "./fixtures/process-state.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

let place: Place;
let gateway: Gateway | undefined;
afterEach(async () => {
  // Not killed: a server that ignores everything would outlive it.
  await gateway?.stop();
  gateway = undefined;
  await place.dispose();
});

interface Answer {
  readonly status: string;
  readonly output: string;
  readonly tool_calls: readonly { readonly name: string; readonly status: string }[];
}

/** A place whose `mcp.json` has these servers, each with a ledger of its own name unless it is more than an environment. */
async function setUp(servers: Readonly<Record<string, JsonObject>>, env: Readonly<Record<string, string>> = {}): Promise<void> {
  place = await createPlace({ "a.txt": "alpha\n" }, { OPENAI_BASE_URL: model.url, OMNI_POLICY_WITH_AUTONOMY: "full", ...env });
  await place.configure({ workspace: place.workspace });
  const toServer = ([name, given]: readonly [string, JsonObject]): readonly [string, JsonObject] => {
    const { env: variables, ...rest } = given as { env?: JsonObject };
    return [name, { command: process.execPath, args: [fixture("faulty-server.mjs")], env: { LEDGER: join(place.root, name), ...variables }, ...rest }];
  };
  await writeFile(join(place.home, "mcp.json"), JSON.stringify({ mcpServers: Object.fromEntries(Object.entries(servers).map(toServer)) }));
}

async function open(): Promise<Gateway> {
  return (gateway = await startGateway(place));
}

const ledger = (name = "odd"): readonly string[] => readLines(join(place.root, name));

/** One turn in which the model calls these tools, in this order. */
async function say(...calls: readonly string[]): Promise<Answer> {
  if (gateway === undefined) throw new Error("there is no gateway yet");
  model.script([callReply(calls.map((name) => ({ name, arguments: name.startsWith("files.") ? { path: "a.txt" } : { text: "hi" } }))), textReply("done")]);
  return (await (await gateway.post("/message", { message: "go", session_id: `http:${(sessions += 1)}` })).json()) as Answer;
}
let sessions = 0;

const resultsOf = (): readonly string[] => shownOf("tool", model);
const offered = (): readonly string[] => offeredIn(model);
const ended = (...statuses: readonly string[]): unknown => expect.objectContaining({ status: "completed", output: "done", tool_calls: statuses.map((status) => expect.objectContaining({ status })) });

describe("RL-57 a server that crashes", () => {
  it("in a call: its fate is unknown, it is not sent again, other tools of the turn work, and the next call finds it anew", async () => {
    await setUp({ odd: {} });
    await open();
    expect(await say("odd.crash", "files.read")).toEqual(ended("unknown", "completed"));
    expect(resultsOf()[0]).toContain("tool.unknown-fate");
    expect(await say("odd.echo")).toEqual(ended("completed"));
    expect(ledger().filter((line) => line === "call crash")).toHaveLength(1);
  });

  it("before a call and after one: the call is made by its next process, and an answer that was given counts", async () => {
    await setUp({ odd: {} });
    await open();
    const newest = (): number => Number(ledger().findLast((line) => line.startsWith("start"))?.slice(6));
    expect(await say("odd.answer-and-exit")).toEqual(ended("completed"));
    expect(resultsOf()[0]).toContain("the last words");
    await expect.poll(() => isGone(newest()), { timeout: 10_000 }).toBe(true);
    expect(await say("odd.echo")).toEqual(ended("completed"));
    process.kill(newest(), "SIGKILL");
    await expect.poll(() => isGone(newest()), { timeout: 10_000 }).toBe(true);
    expect(await say("odd.echo")).toEqual(ended("completed"));
    expect(ledger().filter((line) => line === "call echo")).toHaveLength(2);
  });

  it("whenever it is started costs its own tools only", async () => {
    await setUp({ odd: { env: { START: "exit" } }, good: {} });
    await open();
    expect(await say("odd.echo", "good.echo", "files.read")).toEqual(ended("failed", "completed", "completed"));
    expect(offered().some((name) => name.startsWith("odd__"))).toBe(false);
  });
});

describe("RL-58 a server that hangs", () => {
  it("in a call: the call ends with its timeout, the server is told, and the turn goes on", async () => {
    await setUp({ odd: { timeoutMs: 400 } });
    await open();
    const answer = await say("odd.hang", "odd.echo", "files.read");
    expect(answer).toMatchObject({ status: "completed", output: "done" });
    expect(answer.tool_calls.slice(1).map((call) => call.status)).toEqual(["completed", "completed"]);
    expect(resultsOf()[0]).toContain("tool.unknown-fate");
    await expect.poll(() => ledger().join(), { timeout: 10_000 }).toContain("cancelled");
  });

  it("for good and ignores SIGTERM: it is killed and started anew", { timeout: 90_000 }, async () => {
    await setUp({ odd: { timeoutMs: 400, env: { STUBBORN: "1" } } });
    await open();
    expect(await say("odd.echo")).toEqual(ended("completed"));
    const first = Number(ledger().findLast((line) => line.startsWith("start"))?.slice(6));
    expect(await say("odd.block", "files.read")).toMatchObject({ status: "completed", output: "done" });
    await expect.poll(() => isGone(first), { timeout: 30_000 }).toBe(true);
    expect(await say("odd.echo")).toEqual(ended("completed"));
  });

  it("RL-13 and ignores the end of its input, and the gateway is killed: it is gone within five seconds", async () => {
    await setUp({ odd: { env: { STUBBORN: "1" } } });
    const running = await open();
    expect(await say("odd.echo")).toEqual(ended("completed"));
    const pid = Number(ledger().findLast((line) => line.startsWith("start"))?.slice(6));
    await running.kill();
    try {
      await expect.poll(() => isGone(pid), { timeout: 5_000 }).toBe(true);
    } finally {
      if (!isGone(pid)) process.kill(pid, "SIGKILL");
    }
  });

  it("and the gateway is stopped: nothing of it is left", async () => {
    await setUp({ odd: { env: { STUBBORN: "1" } } });
    const running = await open();
    expect(await say("odd.echo")).toEqual(ended("completed"));
    const pid = Number(ledger().findLast((line) => line.startsWith("start"))?.slice(6));
    expect((await running.stop()).code).toBe(0);
    expect(isGone(pid)).toBe(true);
  });
});

describe("RL-59 a server that talks nonsense", () => {
  it("on standard output, between its answers, and answers twice what nobody asked: the turn goes on", async () => {
    await setUp({ odd: { env: { START: "garbage" } } });
    await open();
    expect(await say("odd.garbage", "odd.twice", "odd.echo")).toEqual(ended("completed", "completed", "completed"));
    expect(resultsOf().join()).toMatch(/after garbage.*the first answer.*echo hi/);
  });

  it("in a line of 100 MB, and 100 MB of standard error: little memory, and the others never notice", async () => {
    await setUp({ odd: {}, good: {} });
    const { child } = await open();
    expect(await say("odd.echo", "good.echo")).toEqual(ended("completed", "completed"));
    const before = toPeakMib(child.pid ?? 0);
    expect(await say("odd.long-line", "good.echo")).toEqual(ended("unknown", "completed"));
    expect(await say("odd.flood", "good.echo")).toEqual(ended("completed", "completed"));
    expect(toPeakMib(child.pid ?? 0) - before).toBeLessThan(96);
  });

  it("in a result of 5 MB: the model sees head and tail, and can read the rest", async () => {
    await setUp({ odd: {} });
    await open();
    expect(await say("odd.long-result")).toEqual(ended("completed"));
    const [result = ""] = resultsOf();
    expect(result.length).toBeLessThan(300_000);
    expect(result).toContain("the end");
    expect(result).toContain("session.page");
  });
});

describe("RL-60 a storm of changed lists", () => {
  it("is read a few times, takes less than a second of the processor, and what it ends with is offered", async () => {
    await setUp({ odd: {} });
    const { child } = await open();
    expect(await say("odd.echo")).toEqual(ended("completed"));
    const before = toProcessorSeconds(child.pid ?? 0);
    expect(await say("odd.storm")).toEqual(ended("completed"));
    expect(toProcessorSeconds(child.pid ?? 0) - before).toBeLessThan(1);
    await expect.poll(async () => (await say("odd.echo"), offered()), { timeout: 10_000 }).toContain("odd__after-the-storm");
    expect(ledger().filter((line) => line === "list").length).toBeLessThan(6);
  });
});

describe("RL-61 a server that does not come up", () => {
  it("silent, missing, of a version nobody speaks, or not there over HTTP: the gateway is ready without it, and the rest works", async () => {
    await setUp({ good: {}, silent: { env: { START: "silent" } }, missing: { command: join("/nowhere", "server") }, odd: { env: { VERSION: "1999-01-01" } }, off: { type: "http", url: "http://127.0.0.1:9/mcp" } });
    const begun = performance.now();
    await open();
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(await say("good.echo", "silent.echo", "missing.echo", "files.read")).toEqual(ended("completed", "failed", "failed", "completed"));
    expect(performance.now() - begun).toBeLessThan(25_000);
    expect(offered().filter((name) => !name.startsWith("good__")).join()).not.toMatch(/silent|missing|odd|off__/);
    const again = performance.now();
    expect(await say("good.echo")).toEqual(ended("completed"));
    expect(performance.now() - again).toBeLessThan(4_000);
  });
});

describe("a server that lies about its tools", () => {
  it("is believed in nothing: a deletion that calls itself a read is asked for, the odd ones cost themselves only, none takes another's name", async () => {
    await setUp({ odd: { env: { TOOLS: "lies", VICTIM: "${VICTIM}" } }, files: {} }, { VICTIM: "unset", OMNI_POLICY_WITH_AUTONOMY: "supervised" });
    const victim = join(place.workspace, "a.txt");
    Object.assign(place.env, { VICTIM: victim });
    model.script([callReply([{ name: "odd.remove", arguments: {} }, { name: "files.read", arguments: { path: "a.txt" } }, { name: "odd.files.read", arguments: {} }, { name: "mcp-files.echo", arguments: {} }]), textReply("done")]);
    const finished = await omni(place, ["run", "--json", "remove it"]);
    expect(toJson(finished)).toMatchObject({ status: "completed", toolCalls: [{ name: "odd.remove", status: "denied" }, { name: "files.read", status: "completed" }, { name: "odd.files.read", status: "denied" }, { name: "mcp-files.echo", status: "denied" }] });
    expect(existsSync(victim)).toBe(true);
    expect(resultsOf()[1]).toContain("alpha");
    const names = offered();
    expect(names).toEqual(expect.arrayContaining(["odd__echo", "odd__remove", "files__read", "mcp-files__echo"]));
    expect(names.join()).not.toMatch(/odd__(?:big|no-schema|n{300})/);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(JSON.stringify(model.chats.at(-1)?.body).length).toBeLessThan(200_000);
  });

  it("and whose schemas are broken, refer to themselves or to an address: their calls fail, and nothing is fetched", async () => {
    await setUp({ odd: { env: { TOOLS: "lies" } } });
    await open();
    const answer = await say("odd.remote", "odd.itself", "odd.broken", "odd.echo", "files.read");
    expect(answer).toMatchObject({ status: "completed", output: "done" });
    expect(answer.tool_calls.slice(-2).map((call) => call.status)).toEqual(["completed", "completed"]);
  });

  it("and sends a thousand: they are all listed, and a turn still has room", async () => {
    await setUp({ odd: { env: { TOOLS: "many" } } });
    const { tools } = toJson<{ tools: readonly { readonly name: string }[] }>(await omni(place, ["tools", "list", "--json"]));
    expect(tools.filter((tool) => tool.name.startsWith("odd.tool-"))).toHaveLength(1_000);
    await open();
    expect(await say("odd.tool-0", "files.read")).toEqual(ended("completed", "completed"));
    expect(offered().length).toBeLessThan(300);
  });
});

describe("an mcp.json that is not right", () => {
  const run = async (text: string): Promise<Awaited<ReturnType<typeof omni>>> => {
    place = await createPlace({ "a.txt": "alpha\n" });
    await mkdir(place.home, { recursive: true });
    await writeFile(join(place.home, "mcp.json"), text);
    return omni(place, ["run", 'files.read {"path":"a.txt"}']);
  };

  it.each([
    ["broken", '{ "mcpServers": {\n  "a": { "command": "node", }\n}', "mcp.json:3:2"],
    ["cut in the middle", '{ "mcpServers": { "a": { "comm', "mcp.json:1:"],
    ["empty", "", "mcp.json:1:1"],
    ["of another shape", "[1, 2]", "mcp.json:1:1"],
    ["without servers", '{ "servers": {} }', "mcpServers"],
    ["with a server that is none", '{ "mcpServers": { "a": 7, "b": {}, "c": { "command": 5 } } }', '"c"'],
    ["with a variable that is not set", '{ "mcpServers": { "a": { "command": "x", "env": { "K": "${NO_SUCH_KEY}" } } } }', "NO_SUCH_KEY"],
    ["with odd names", '{ "mcpServers": { "": { "command": "x" }, "../..": { "command": "/nowhere/x" }, "a\\u0000b": { "command": "/nowhere/x" } } }', "without a name"],
  ])("%s is a warning with its place, and the turn works", async (_name, text, words) => {
    const finished = await run(text);
    expect(finished).toMatchObject({ code: 0, stdout: "alpha\n" });
    expect(finished.stderr).toContain(words);
    expect(finished.stderr).not.toMatch(/\n\s+at /);
  });

  it("with a binary that is missing, a folder or not executable costs its own tools only", async () => {
    const finished = await run('{ "mcpServers": { "a": { "command": "/nowhere/x" }, "b": { "command": "/tmp" }, "c": { "command": "/etc/passwd" } } }');
    expect(finished).toMatchObject({ code: 0, stdout: "alpha\n" });
    expect(finished.stderr).not.toMatch(/\n\s+at /);
  });
});
