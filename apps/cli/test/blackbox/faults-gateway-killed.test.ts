import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Gateway, Place } from "./omni-process.ts";
import { isGone, readLines } from "./fixtures/process-state.ts";
import { createPlace, omni, startGateway, startOmni, toJson } from "./omni-process.ts";

/** The group of a killed gateway's program is gone within so many milliseconds. */
const goneMs = 5_000;

/** Where no model is: what a command says with this, a gateway has answered. */
const nowhere = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };

/** A command with a child and a grandchild, all of which ignore SIGTERM; `pids` has their numbers, `ledger` a line for every time it ran. */
const command = "echo ran >> ledger; trap '' TERM; echo $$ >> pids; (trap '' TERM; sleep 300 & echo $! >> pids; wait) & echo $! >> pids; while :; do sleep 1; done";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

let place: Place;
let gateways: Gateway[] = [];
beforeEach(async () => {
  place = await createPlace({}, { OPENAI_BASE_URL: model.url, OMNI_POLICY_WITH_AUTONOMY: "full", OMNI_POLICY_WITH_UNSANDBOXEDSHELL: "true" });
  await place.configure({ workspace: place.workspace });
  model.script((body) => {
    const told = JSON.stringify(body.raw["messages"]);
    if (told.includes("and now?")) return textReply("all is well");
    if (told.includes("Whether it had its effect is unknown")) return textReply("It is not known whether the command did its work.");
    return callReply([{ name: "shell.run", arguments: { command } }]);
  });
});
afterEach(async () => {
  for (const gateway of gateways.splice(0)) if (gateway.child.exitCode === null && gateway.child.signalCode === null) await gateway.kill();
  await place.dispose();
});

async function open(): Promise<Gateway> {
  const gateway = await startGateway(place);
  gateways.push(gateway);
  return gateway;
}

/** Numbers of the processes of the command, once all run. */
async function readPids(): Promise<readonly number[]> {
  const read = (): readonly string[] => readLines(join(place.workspace, "pids"));
  await expect.poll(() => read().length, { timeout: 10_000 }).toBe(3);
  return read().map(Number);
}

/** Kills the gateway in the middle of the command and waits for the command to be gone; how long that took, in milliseconds. */
async function killInTheMiddle(gateway: Gateway): Promise<number> {
  const pids = await readPids();
  expect(pids.map(isGone)).toEqual([false, false, false]);
  const killed = performance.now();
  await gateway.kill();
  await expect.poll(() => pids.map(isGone), { timeout: goneMs, interval: 20 }).toEqual([true, true, true]);
  return performance.now() - killed;
}

const unknown = { status: "completed", output: "It is not known whether the command did its work.", toolCalls: [{ name: "shell.run", status: "unknown" }] };

describe("kill -9 of the gateway in the middle of a shell command", () => {
  it("leaves nothing of it running, its call is unknown, and the joined chat says so and goes on after the restart", async () => {
    const gateway = await open();
    const chat = startOmni(place, ["stdio", "--json", "--session", "stdio:chat"], { env: nowhere });
    chat.child.stdin?.write('{"message":"run it"}\n');
    expect(await killInTheMiddle(gateway)).toBeLessThan(goneMs);
    await open();
    await chat.until((stdout) => stdout.includes("\n"));
    chat.child.stdin?.end('{"message":"and now?"}\n');
    const finished = await chat.finished;
    expect(finished.code).toBe(0);
    const answers = finished.stdout.trim().split("\n").map((line) => JSON.parse(line) as unknown);
    expect(answers).toMatchObject([unknown, { status: "completed", output: "all is well" }]);
    expect(await place.read("ledger")).toBe("ran\n");
    const shown = toJson(await omni(place, ["sessions", "show", "stdio:chat", "--json"]));
    expect(shown).toMatchObject({ turns: [{ user: "run it", status: "completed", toolCalls: [{ name: "shell.run", status: "unknown" }] }, { user: "and now?", output: "all is well" }] });
  });

  it("is told by a joined run, with the note that the gateway was away", async () => {
    const gateway = await open();
    const running = startOmni(place, ["run", "--session", "cli:killed", "run it"], { env: nowhere, input: "" });
    await killInTheMiddle(gateway);
    await running.until((_, stderr) => stderr.includes("the gateway went away"));
    await open();
    const finished = await running.finished;
    expect(finished).toMatchObject({ code: 0, stdout: "It is not known whether the command did its work.\n" });
    expect(finished.stderr).toContain("shell.run");
    expect(await place.read("ledger")).toBe("ran\n");
  });

  it("leaves nothing running either where no gateway comes back, and the next run of the session settles the call", async () => {
    const gateway = await open();
    const { turn_id: turnId } = (await (await gateway.post("/message?wait=false", { message: "run it", session_id: "http:killed" })).json()) as { turn_id: string };
    await killInTheMiddle(gateway);
    expect(toJson(await omni(place, ["run", "--json", "--session", "http:killed", "and now?"]))).toMatchObject({ status: "completed", output: "all is well" });
    const again = await open();
    expect(await (await again.fetch(`/turns/${turnId}`)).json()).toMatchObject({ status: "completed", tool_calls: [{ name: "shell.run", status: "unknown" }] });
    expect(await place.read("ledger")).toBe("ran\n");
  });
});
