import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "@omni/core";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Gateway, Place } from "./omni-process.ts";
import { offeredIn, shownOf } from "./fixtures/newest-request.ts";
import { readLines } from "./fixtures/process-state.ts";
import { createPlace, fixture, omni, startGateway, toJson } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

let place: Place;
let gateway: Gateway | undefined;
let remote: ChildProcess | undefined;
afterEach(async () => {
  await gateway?.kill();
  gateway = undefined;
  remote?.kill("SIGKILL");
  remote = undefined;
  await place.dispose();
});

/** The program of a server out of the registry, as its package brings it. */
const registered = (name: string): string => fileURLToPath(new URL(`../../../../packages/tool-mcp/node_modules/@modelcontextprotocol/${name}/dist/index.js`, import.meta.url));

async function setUp(servers: (root: string) => JsonObject): Promise<void> {
  place = await createPlace({ "a.txt": "alpha\n" }, { OPENAI_BASE_URL: model.url, OMNI_POLICY_WITH_AUTONOMY: "full" });
  await place.configure({ workspace: place.workspace });
  await writeFile(join(place.home, "mcp.json"), JSON.stringify({ mcpServers: servers(place.root) }));
}

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Starts server-everything over streamable HTTP; its address. */
async function startRemote(): Promise<string> {
  const port = await findPort();
  const child = spawn(process.execPath, [registered("server-everything"), "streamableHttp"], { env: { PORT: String(port), OWNER: "the one over HTTP" }, stdio: ["ignore", "ignore", "pipe"] });
  remote = child;
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => (String(chunk).includes("listening") ? resolve() : undefined));
    child.once("close", () => reject(new Error("the server did not start")));
  });
  return `http://127.0.0.1:${port}/mcp`;
}

const resultsOf = (): readonly string[] => shownOf("tool", model);

describe("omni run with real servers of the registry", () => {
  it("does a task with server-everything over stdio and over streamable HTTP and with server-filesystem, each name at its owner", async () => {
    const url = await startRemote();
    await setUp(() => ({
      near: { command: process.execPath, args: [registered("server-everything")], env: { OWNER: "the one over stdio" } },
      far: { type: "http", url },
      disk: { command: process.execPath, args: [registered("server-filesystem"), place.workspace] },
    }));
    model.script([
      callReply([{ name: "near.get-env", arguments: {} }, { name: "far.get-env", arguments: {} }, { name: "disk.read_text_file", arguments: { path: join(place.workspace, "a.txt") } }]),
      callReply([{ name: "far.get-sum", arguments: { a: 19, b: 23 } }, { name: "near.echo", arguments: { message: "so near" } }]),
      callReply([{ name: "disk.write_file", arguments: { path: join(place.workspace, "sum.txt"), content: "42" } }, { name: "far.trigger-long-running-operation", arguments: { duration: 0.2, steps: 2 } }]),
      textReply("The sum is 42 and stands in sum.txt."),
    ]);
    const finished = await omni(place, ["run", "--json", "sum it up"]);
    const done = toJson<{ toolCalls: readonly { status: string }[] }>(finished);
    expect(done).toMatchObject({ status: "completed", output: "The sum is 42 and stands in sum.txt.", rounds: 4 });
    expect(done.toolCalls.map((call) => call.status)).toEqual(Array.from({ length: 7 }, () => "completed"));
    expect(await place.read("sum.txt")).toBe("42");
    const [nearEnv, farEnv, text, sum, echo, , long] = resultsOf();
    expect(nearEnv).toContain("the one over stdio");
    expect(farEnv).toContain("the one over HTTP");
    expect(text).toContain("alpha");
    expect(sum).toContain("42");
    expect(echo).toContain("so near");
    expect(long).toContain("completed");
    const names = offeredIn(model);
    for (const name of ["near__get-env", "far__get-env", "disk__read_text_file", "files__read"]) expect(names).toContain(name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("servers of a gateway", () => {
  const faulty = (ledger: string, env: JsonObject = {}): JsonObject => ({ command: process.execPath, args: [fixture("faulty-server.mjs")], env: { LEDGER: ledger, ...env } });

  it("are asked once for their tools by two hundred turns at a time", async () => {
    await setUp((root) => ({ odd: faulty(join(root, "ledger")) }));
    model.script({ "*": () => textReply("listed") });
    const from = model.chats.length;
    const open = (gateway = await startGateway(place));
    // Other commands (the one that made the token) start servers too.
    const before = readLines(join(place.root, "ledger")).filter((line) => line === "list").length;
    const answers = await Promise.all(Array.from({ length: 200 }, async (_, index) => (await open.post("/message", { message: "go", session_id: `http:${index}` })).json()));
    for (const answer of answers) expect(answer).toMatchObject({ status: "completed", output: "listed" });
    const chats = model.chats.slice(from);
    expect(chats).toHaveLength(200);
    for (const chat of chats) expect(JSON.stringify(chat.body["tools"])).toContain("odd__echo");
    expect(readLines(join(place.root, "ledger")).filter((line) => line === "list").length).toBeLessThanOrEqual(before + 1);
  });

  it("one of which is killed in the middle costs its own tools for as long as it is away, and nothing else", async () => {
    await setUp((root) => ({ first: faulty(join(root, "first"), { DOWN: join(root, "down") }), second: faulty(join(root, "second")) }));
    const open = (gateway = await startGateway(place));
    model.script((body) => {
      const isDone = (body.raw["messages"] as readonly { readonly role: string }[]).at(-1)?.role === "tool";
      const names = body.userTexts.at(-1)?.match(/\w+\.\w+/g) ?? [];
      return isDone ? textReply("done") : callReply(names.map((name) => ({ name, arguments: { text: "hi" } })));
    });
    const say = async (session: string, ...calls: readonly string[]): Promise<unknown> => (await open.post("/message", { message: `please call ${calls.join(", ")}`, session_id: session })).json();
    const ended = (...statuses: readonly string[]): unknown => expect.objectContaining({ status: "completed", output: "done", tool_calls: statuses.map((status) => expect.objectContaining({ status })) });
    expect(await say("http:a", "first.echo", "second.echo")).toEqual(ended("completed", "completed"));
    const startsOf = (name: string): number => readLines(join(place.root, name)).filter((line) => line.startsWith("start")).length;
    const starts = startsOf("second");

    const broken = say("http:a", "first.hang", "second.echo", "files.read");
    await expect.poll(() => readLines(join(place.root, "first")), { timeout: 10_000 }).toContain("call hang");
    await writeFile(join(place.root, "down"), "");
    const pid = Number(readLines(join(place.root, "first")).findLast((line) => line.startsWith("start"))?.slice("start ".length));
    process.kill(pid, "SIGKILL");
    expect(await broken).toEqual(ended("unknown", "completed", "failed"));
    expect(resultsOf().at(-3)).toContain("tool.unknown-fate");

    const away = say("http:b", "first.echo");
    expect(await say("http:c", "second.echo")).toEqual(ended("completed"));
    await rm(join(place.root, "down"));
    expect(await away).toEqual(ended("completed"));
    expect(await say("http:a", "first.echo", "second.echo")).toEqual(ended("completed", "completed"));
    expect(startsOf("second")).toBe(starts);
    expect(readLines(join(place.root, "first")).filter((line) => line === "call hang")).toHaveLength(1);
  });
});
