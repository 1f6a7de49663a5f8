import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "@omni/core";
import type { FakeOpenAI, FakeOpenAIReply } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Gateway, Place } from "./omni-process.ts";
import { isGone, readLines } from "./fixtures/process-state.ts";
import { createPlace, fixture, omni, startGateway, startOmni, toJson } from "./omni-process.ts";

/** A stop takes effect within two seconds; a busy machine may take as long again. Less than the five that a part which heeds nothing is given. */
const stopMs = 4_500;

interface TurnState {
  readonly turn_id: string;
  readonly status: string;
  readonly tool_calls: readonly { readonly name: string; readonly status: string }[];
  readonly error: { readonly code: string } | null;
}

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

let place: Place;
let gateway: Gateway | undefined;
afterEach(async () => {
  await gateway?.kill();
  gateway = undefined;
  await place.dispose();
});

interface Setting {
  /** Further configuration, and environment of the one server of `mcp.json`; `root` is the place's folder. */
  readonly config?: (root: string) => JsonObject;
  readonly server?: (root: string) => JsonObject;
  readonly env?: Readonly<Record<string, string>>;
}

const full = { OMNI_POLICY_WITH_AUTONOMY: "full", OMNI_POLICY_WITH_UNSANDBOXEDSHELL: "true" };

async function open({ config, server, env = {} }: Setting = {}): Promise<Gateway> {
  place = await createPlace({ "a.txt": "alpha\n" }, { OPENAI_BASE_URL: model.url, ...full, ...env });
  await place.configure({ workspace: place.workspace, ...config?.(place.root) });
  const faulty = { command: process.execPath, args: [fixture("faulty-server.mjs")], env: server?.(place.root) ?? {} };
  if (server !== undefined) await writeFile(join(place.home, "mcp.json"), JSON.stringify({ mcpServers: { odd: faulty } }));
  return (gateway = await startGateway(place));
}

function opened(): Gateway {
  if (gateway === undefined) throw new Error("there is no gateway yet");
  return gateway;
}

async function say(message: string, query = ""): Promise<TurnState & { readonly output: string }> {
  const response = await opened().post(`/message${query}`, { message, session_id: "http:s" });
  return (await response.json()) as TurnState & { readonly output: string };
}

async function stateOf(turnId: string): Promise<TurnState> {
  return (await (await opened().fetch(`/turns/${turnId}`)).json()) as TurnState;
}

/** Says `/stop` and waits for these turns to end; what they ended as. */
async function stop(turnIds: readonly string[]): Promise<readonly TurnState[]> {
  const begun = performance.now();
  expect((await say("/stop")).output).toMatch(/^Stopped/);
  const states: TurnState[] = [];
  for (const turnId of turnIds) {
    await expect.poll(async () => (await stateOf(turnId)).status, { timeout: 10_000, interval: 20 }).toBe("cancelled");
    states.push(await stateOf(turnId));
  }
  expect(performance.now() - begun).toBeLessThan(stopMs);
  return states;
}

/** The session takes the next message as if nothing had been. */
async function expectOpen(): Promise<void> {
  model.script({ "and now?": [textReply("all is well")], "*": () => textReply("{}") });
  expect(await say("and now?")).toMatchObject({ status: "completed", output: "all is well" });
}

async function begin(message: string, ...replies: readonly FakeOpenAIReply[]): Promise<string> {
  model.script(replies);
  return (await say(message, "?wait=false")).turn_id;
}

async function untilThere(path: string): Promise<void> {
  await expect.poll(() => existsSync(path), { timeout: 10_000 }).toBe(true);
}

const pidsOf = (from: Place): readonly number[] => readLines(join(from.workspace, "pids")).map(Number);

/** A command that ignores SIGTERM, has a child, and writes both their numbers into `pids`. */
const stubborn = "trap '' TERM; echo $$ >> pids; sleep 300 & echo $! >> pids; echo begun > begun; wait; sleep 300";

describe("RL-80 /stop", () => {
  it("of a turn that runs and one that is queued behind it stops both; of the queued one alone leaves the other", async () => {
    await open();
    const first = await begin("one", { ...textReply("never"), barrier: "queue" }, { ...textReply("the first"), barrier: "queue two" });
    await model.reached("queue");
    const second = (await say("two", "?wait=false")).turn_id;
    expect((await stateOf(second)).status).toBe("queued");
    await stop([first, second]);
    const third = (await say("three", "?wait=false")).turn_id;
    await model.reached("queue two");
    const fourth = (await say("four", "?wait=false")).turn_id;
    expect(await (await opened().post(`/turns/${fourth}/cancel`, {})).json()).toMatchObject({ status: "cancelled" });
    model.release("queue two");
    await expect.poll(async () => (await stateOf(third)).status, { timeout: 10_000 }).toBe("completed");
    await expectOpen();
  });

  // The turn without a prompt counts as one the model can no longer be shown, and so is carried into the memory: a request for nothing.
  it("of a queued turn asks the model nothing about it", async () => {
    await open();
    const before = model.chats.length;
    const first = await begin("one", { ...textReply("the first"), barrier: "queue three" });
    await model.reached("queue three");
    const { turn_id: second } = await say("two", "?wait=false");
    await opened().post(`/turns/${second}/cancel`, {});
    model.release("queue three");
    await expect.poll(async () => (await stateOf(first)).status, { timeout: 10_000 }).toBe("completed");
    for (let turn = 0; turn < 3; turn += 1) await expectOpen();
    await opened().stop();
    expect(model.chats).toHaveLength(before + 4);
  });

  it.each<[string, FakeOpenAIReply]>([
    ["while the model was asked and sent no byte", { ...textReply("never"), stall: "before" }],
    ["in the middle of a reply", { ...textReply("the first words of many"), stall: "after-first" }],
    ["while a reply never ends", { endless: ": nothing\n" }],
  ])("%s breaks the request off", async (_name, reply) => {
    await open();
    const asked = model.requested(model.chats.length + 1);
    const turnId = await begin("go", reply);
    const request = await asked;
    const [state] = await stop([turnId]);
    expect(state).toMatchObject({ tool_calls: [], error: { code: "turn.cancelled" } });
    expect(await request.closed).toBe("broken");
    await expectOpen();
  });

  it("while a program runs ends its whole group, also where it ignores SIGTERM", async () => {
    await open();
    const turnId = await begin("go", callReply([{ name: "shell.run", arguments: { command: stubborn } }, { name: "files.read", arguments: { path: "a.txt" } }]));
    await untilThere(join(place.workspace, "begun"));
    const pids = pidsOf(place);
    expect(pids.map(isGone)).toEqual([false, false]);
    const [state] = await stop([turnId]);
    expect(state?.tool_calls.map((call) => call.name)).toEqual(["shell.run", "files.read"]);
    expect(pids.map(isGone)).toEqual([true, true]);
    await expectOpen();
  });

  it("while a program runs that a message called itself, too", async () => {
    await open();
    const { turn_id: turnId } = await say(`shell.run ${JSON.stringify({ command: stubborn })}`, "?wait=false");
    await untilThere(join(place.workspace, "begun"));
    await stop([turnId]);
    expect(pidsOf(place).map(isGone)).toEqual([true, true]);
  });

  it("while a server of mcp.json works tells it, and leaves it to the others", async () => {
    const ledger = (): readonly string[] => readLines(join(place.root, "ledger"));
    await open({ server: (root) => ({ LEDGER: join(root, "ledger") }) });
    const turnId = await begin("go", callReply([{ name: "odd.hang", arguments: {} }]));
    await expect.poll(ledger, { timeout: 10_000 }).toContain("call hang");
    const starts = ledger().filter((line) => line.startsWith("start"));
    await stop([turnId]);
    await expect.poll(() => ledger().join(), { timeout: 10_000 }).toContain("cancelled");
    model.script([callReply([{ name: "odd.echo", arguments: { text: "hi" } }]), textReply("echoed")]);
    expect(await say("again")).toMatchObject({ status: "completed", tool_calls: [{ name: "odd.echo", status: "completed" }] });
    expect(ledger().filter((line) => line.startsWith("start"))).toEqual(starts);
  });

  it("while it waits for an approval closes the question, and nothing runs", async () => {
    await open({ env: { OMNI_POLICY_WITH_AUTONOMY: "supervised" } });
    const turnId = await begin("go", callReply([{ name: "shell.run", arguments: { command: "echo ran > ran" } }]));
    await expect.poll(async () => (await stateOf(turnId)).status, { timeout: 10_000 }).toBe("waiting");
    await stop([turnId]);
    expect(await (await opened().fetch("/asks")).json()).toEqual({ asks: [] });
    expect(existsSync(join(place.workspace, "ran"))).toBe(false);
    await expectOpen();
  });

  it.each<[string, FakeOpenAIReply]>([
    ["a 429 that says to wait a minute", { status: 429, headers: { "retry-after": "60" } }],
    ["an endpoint that is overloaded", { status: 503 }],
  ])("while it waits to ask again after %s", async (_name, reply) => {
    await open();
    const before = model.chats.length;
    const asked = model.requested(before + 1);
    const turnId = await begin("go", ...Array.from({ length: 50 }, () => reply));
    await (await asked).closed;
    expect((await stateOf(turnId)).status).toBe("running");
    await stop([turnId]);
    const requests = model.chats.length;
    await expectOpen();
    expect(model.chats).toHaveLength(requests + 1);
  });

  it("between two rounds, also where a hook hangs there and heeds nothing", async () => {
    await open({ config: (root) => ({ hooks: [{ use: fixture("hanging-hook.ts"), with: { file: join(root, "hanging") } }] }) });
    const turnId = await begin("go", callReply([{ name: "files.read", arguments: { path: "a.txt" } }]));
    await untilThere(join(place.root, "hanging"));
    const [state] = await stop([turnId]);
    expect(state?.tool_calls).toEqual([{ name: "files.read", status: "completed" }]);
    await expectOpen();
  });

  // The preparation of a turn (lists of servers, size of the context) heeds no signal and takes up to 5 s each: turn-runner.ts.
  it("while the first turn waits for a server that is slow to start", async () => {
    await open({ server: () => ({ START: "silent" }) });
    const turnId = await begin("go", textReply("never"));
    await expect.poll(async () => (await stateOf(turnId)).status, { timeout: 10_000 }).toBe("running");
    await stop([turnId]);
  });

  it("while the endpoint is asked for its models and says nothing", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    try {
      await open({ env: { OPENAI_BASE_URL: `http://127.0.0.1:${typeof address === "object" ? String(address?.port) : ""}/v1` } });
      const turnId = await begin("go", textReply("never"));
      await expect.poll(async () => (await stateOf(turnId)).status, { timeout: 10_000 }).toBe("running");
      await stop([turnId]);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});

describe("RL-80 a signal to a run of its own", () => {
  it.each<[string, string, FakeOpenAIReply]>([
    ["while a program runs", "begun", callReply([{ name: "shell.run", arguments: { command: stubborn } }])],
    ["while it waits to ask again", "", { status: 429, headers: { "retry-after": "60" } }],
  ])("%s ends it within two seconds, exit 130", async (_name, marker, reply) => {
    place = await createPlace({}, { OPENAI_BASE_URL: model.url, ...full });
    const asked = model.requested(model.chats.length + 1);
    model.script([reply]);
    const running = startOmni(place, ["run", "--json", "--session", "cli:s", "go"], { input: "" });
    await (await asked).closed;
    if (marker !== "") await untilThere(join(place.workspace, marker));
    const begun = performance.now();
    running.child.kill("SIGINT");
    const finished = await running.finished;
    expect(performance.now() - begun).toBeLessThan(stopMs);
    expect(finished.code).toBe(130);
    expect(toJson(finished)).toMatchObject({ status: "cancelled" });
    expect(toJson(await omni(place, ["sessions", "show", "cli:s", "--json"]))).toMatchObject({ turns: [{ status: "cancelled" }] });
    if (marker !== "") expect(pidsOf(place).map(isGone)).toEqual([true, true]);
  });

  // The clock's timers do not hold the process, and nothing else does: start.ts must.
  it("RL-45 is not needed where the endpoint says to wait two seconds: it waits, and is answered", async () => {
    place = await createPlace({}, { OPENAI_BASE_URL: model.url });
    model.script([{ status: 429, headers: { "retry-after": "2" } }, textReply("at last")]);
    expect(await omni(place, ["run", "--quiet", "go"])).toMatchObject({ code: 0, stdout: "at last\n" });
  });
});
