import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Finished, Gateway, Place } from "./omni-process.ts";
import { createPlace, omni, startGateway, startOmni, toJson } from "./omni-process.ts";

const files = { "a.txt": "alpha\nbeta\n", "docs/b.md": "# Beta\n" };

/** Where no model is: what a command says with this, a gateway has answered. */
const nowhere = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

let place: Place;
let gateways: Gateway[] = [];
beforeEach(async () => {
  place = await createPlace(files, { OPENAI_BASE_URL: model.url, OMNI_POLICY_WITH_AUTONOMY: "full" });
});
afterEach(async () => {
  for (const gateway of gateways) if (gateway.child.exitCode === null && gateway.child.signalCode === null) await gateway.kill();
  gateways = [];
  await place.dispose();
});

async function open(): Promise<Gateway> {
  const gateway = await startGateway(place);
  gateways.push(gateway);
  return gateway;
}

/** The recorded bodies, the time of day put aside. */
function takeBodies(from: number): readonly string[] {
  return model.chats.slice(from).map((chat) => JSON.stringify(chat.body).replaceAll(/<time>[^<]*<\/time>/g, "<time/>"));
}

interface Told extends Pick<Finished, "code" | "stdout" | "stderr"> {
  readonly bodies: readonly string[];
}

/** What three turns with tools send to the model, and say, with these commands. */
async function tell(runs: readonly (() => Promise<Finished>)[]): Promise<Told> {
  const from = model.chats.length;
  model.script([
    callReply([{ id: "c1", name: "files.read", arguments: { path: "a.txt" } }, { id: "c2", name: "files.grep", arguments: { pattern: "Beta" } }]),
    textReply("I have read both."),
    callReply([{ id: "c3", name: "files.read", arguments: { path: "missing.txt" } }]),
    textReply("It is not there."),
    textReply("nothing changed"),
  ]);
  const ends: Finished[] = [];
  for (const run of runs) ends.push(await run());
  return {
    code: Math.max(...ends.map((end) => end.code ?? 255)),
    stdout: ends.map((end) => end.stdout).join(""),
    stderr: ends.map((end) => end.stderr).join(""),
    bodies: takeBodies(from),
  };
}

const messages = ["read both files", "read the missing one", "say what changed"];

describe("three turns with tools, joined to a gateway", () => {
  it("send the same requests and say the same as in process, by run", async () => {
    const runs = (env: Readonly<Record<string, string>>, session: string) => messages.map((message) => () => omni(place, ["run", "--session", session, message], { env }));
    const alone = await tell(runs({}, "cli:alone"));
    await open();
    const joined = await tell(runs(nowhere, "cli:joined"));
    expect(alone).toMatchObject({ code: 0, stdout: "I have read both.\nIt is not there.\nnothing changed\n" });
    expect(alone.stderr).toContain("call files.read");
    expect(alone.bodies).toHaveLength(5);
    expect(joined).toEqual(alone);
  });

  it("send the same requests and say the same as in process, by stdio", async () => {
    const lines = (env: Readonly<Record<string, string>>, session: string) => [() => omni(place, ["stdio", "--session", session], { env, input: `${messages.join("\n")}\n` })];
    const alone = await tell(lines({}, "alone"));
    await open();
    const joined = await tell(lines(nowhere, "joined"));
    expect(alone).toMatchObject({ code: 0, stdout: "I have read both.\nIt is not there.\nnothing changed\n", stderr: "" });
    expect(joined).toEqual(alone);
  });

  it("send the same requests and say the same as in process, by sessions resume", async () => {
    const runs = (env: Readonly<Record<string, string>>, session: string) =>
      messages.map((message, index) => () => omni(place, [...(index === 0 ? ["run", "--session"] : ["sessions", "resume"]), session, message], { env }));
    const alone = await tell(runs({}, "alone"));
    await open();
    const joined = await tell(runs(nowhere, "joined"));
    expect(alone).toMatchObject({ code: 0, stdout: "I have read both.\nIt is not there.\nnothing changed\n" });
    expect(joined).toEqual(alone);
  });

  it("keep the session of the entrance, and give the outcome as one object", async () => {
    await open();
    model.script([textReply("done")]);
    const outcome = toJson<Record<string, unknown>>(await omni(place, ["run", "--json", "go"], { env: nowhere }));
    expect(outcome).toMatchObject({ status: "completed", output: "done", rounds: 1, toolCalls: [], error: null, sessionId: expect.stringMatching(/^cli:[0-9A-Z]{26}$/) });
    expect(Object.keys(outcome)).toEqual(["status", "sessionId", "turnId", "output", "rounds", "toolCalls", "usage", "error"]);
  });

  it("work in the folder that the command was started in", async () => {
    await open();
    const other = join(place.root, "other");
    await mkdir(other);
    await writeFile(join(other, "here.txt"), "found it");
    expect(await omni(place, ["run", "--quiet", 'files.read {"path":"here.txt"}'], { cwd: other, env: nowhere })).toMatchObject({ code: 0, stdout: "found it\n", stderr: "" });
    expect(await omni(place, ["run", "--workspace", "nowhere", "files.list"], { env: nowhere })).toMatchObject({ code: 2, stderr: expect.stringMatching(/^omni: workspace\.not-found: .*\n$/) });
  });

  it("go as far as the flag or the environment of the command allows", async () => {
    await open();
    const write = 'files.write {"path":"new.txt","content":"x"}';
    const byFlag = await omni(place, ["run", "--autonomy", "readonly", write], { env: nowhere });
    const byEnvironment = await omni(place, ["run", write], { env: { ...nowhere, OMNI_POLICY_WITH_AUTONOMY: "readonly" } });
    for (const { stderr } of [byFlag, byEnvironment]) expect(stderr).toContain("deny files.write");
    await expect(place.read("new.txt")).rejects.toThrow();
  });

  it("answer every ask with no where there is no terminal", async () => {
    await open();
    const asked = await omni(place, ["run", "--autonomy", "supervised", 'files.edit {"path":"a.txt","old":"alpha","new":"omega"}'], { env: nowhere });
    const alone = await omni(place, ["run", "--autonomy", "supervised", "--home", join(place.root, "other-home"), 'files.edit {"path":"a.txt","old":"alpha","new":"omega"}']);
    expect([asked.code, asked.stdout, asked.stderr]).toEqual([alone.code, alone.stdout, alone.stderr]);
    expect(await place.read("a.txt")).toBe(files["a.txt"]);
  });

  it("take a message that is larger than the gateway allows in this process", async () => {
    await place.configure({ gateway: { maxBodyBytes: 1_024 } });
    await open();
    model.script([textReply("long")]);
    expect(await omni(place, ["run", "--quiet", "word ".repeat(400)])).toMatchObject({ code: 0, stdout: "long\n", stderr: "" });
  });

  it("are cancelled by a signal, and exit with 130", async () => {
    const gateway = await open();
    model.script([{ ...textReply("never"), barrier: "cancelled" }]);
    const running = startOmni(place, ["run", "--session", "cli:stop", "--json", "go"], { env: nowhere, input: "" });
    await model.reached("cancelled", 1);
    running.child.kill("SIGINT");
    const finished = await running.finished;
    expect(finished.code).toBe(130);
    const { turnId } = toJson<{ turnId: string }>(finished);
    expect(await (await gateway.fetch(`/turns/${turnId}`)).json()).toMatchObject({ status: "cancelled" });
    model.release("cancelled");
  });
});

describe("a gateway that is not there", () => {
  it("was killed: a run works in process at once", async () => {
    await (await open()).kill();
    model.script([textReply("alone")]);
    expect(await omni(place, ["run", "--quiet", "go"])).toMatchObject({ code: 0, stdout: "alone\n", stderr: "" });
  });

  it("hangs: a run works in process", async () => {
    const gateway = await open();
    gateway.child.kill("SIGSTOP");
    model.script([textReply("alone")]);
    expect(await omni(place, ["run", "--quiet", "go"])).toMatchObject({ code: 0, stdout: "alone\n", stderr: "" });
    gateway.child.kill("SIGCONT");
  });

  it("stops between two lines: the second is answered in process", async () => {
    const gateway = await open();
    model.script([textReply("by the gateway"), textReply("by itself")]);
    const running = startOmni(place, ["stdio"]);
    running.child.stdin?.write("one\n");
    await running.until((stdout) => stdout === "by the gateway\n");
    await gateway.stop();
    running.child.stdin?.end("two\n");
    expect(await running.finished).toMatchObject({ code: 0, stdout: "by the gateway\nby itself\n", stderr: "" });
  });
});

describe("a gateway that is killed while a turn is joined to it", () => {
  it("and started again brings the turn to its end, and the command to the answer", async () => {
    const gateway = await open();
    model.script([{ ...textReply("lost"), barrier: "killed" }, textReply("after all")]);
    const running = startOmni(place, ["run", "--session", "cli:again", "go"], { env: nowhere, input: "" });
    await model.reached("killed", 1);
    await gateway.kill();
    await running.until((_, stderr) => stderr.includes("the gateway went away"));
    await open();
    const finished = await running.finished;
    expect(finished).toMatchObject({ code: 0, stdout: "after all\n" });
    expect(finished.stderr).toBe("note the gateway went away; waiting for it to come back\nnote the turn begins again after an interruption\n");
    model.release("killed");
    const shown = toJson<{ turns: readonly unknown[] }>(await omni(place, ["sessions", "show", "cli:again", "--json"]));
    expect(shown.turns).toMatchObject([{ user: "go", output: "after all", status: "completed" }]);
  });

  it("and stays away leaves the command with where the turn goes on", async () => {
    const gateway = await open();
    model.script([{ ...textReply("lost"), barrier: "gone" }, textReply("later")]);
    const running = startOmni(place, ["run", "--session", "cli:gone", "--json", "go"], { env: nowhere, input: "" });
    await model.reached("gone", 1);
    await gateway.kill();
    const finished = await running.finished;
    expect(finished.code).toBe(1);
    expect(finished.stderr).toMatch(/omni: gateway\.draining: The gateway went away and the turn [0-9A-Z]{26} has not ended; it goes on at the gateway's next start\. Look at it with: omni sessions show cli:gone\n$/);
    expect(toJson(finished)).toMatchObject({ error: { code: "gateway.draining" } });
    model.release("gone");
    const again = await open();
    const turnId = /the turn ([0-9A-Z]{26})/.exec(finished.stderr)?.[1] ?? "";
    await expect.poll(async () => (await again.fetch(`/turns/${turnId}`)).json(), { timeout: 20_000 }).toMatchObject({ status: "completed", output: "later" });
  });
});

describe("sessions delete, joined to a gateway", () => {
  const erase = async (session: string): Promise<readonly unknown[]> => {
    model.script([textReply("kept")]);
    await omni(place, ["run", "--quiet", "--session", session, "keep this"]);
    const ends = [await omni(place, ["sessions", "delete", session]), await omni(place, ["sessions", "delete", session, "--yes"]), await omni(place, ["sessions", "delete", session, "--yes"])];
    return ends.map(({ code, stdout, stderr }) => [code, stdout, stderr.replaceAll(session, "SESSION")]);
  };

  it("is done there, and says the same as in process", async () => {
    const alone = await erase("cli:alone");
    expect(alone[1]).toEqual([0, "", "SESSION was erased.\n"]);
    const gateway = await open();
    expect(await erase("cli:joined")).toEqual(alone);
    expect(await (await gateway.fetch("/metrics")).text()).toContain('omni_http_requests_total{method="DELETE",route="/sessions/:id",status="200"} 1\n');
    expect((await gateway.fetch("/sessions/cli%3Ajoined/messages")).status).toBe(404);
  });
});
