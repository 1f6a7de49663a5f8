import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Gateway, Place } from "./omni-process.ts";
import { isGone, readLines, toPeakMib } from "./fixtures/process-state.ts";
import { shownOf } from "./fixtures/newest-request.ts";
import { createPlace, startGateway } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

let place: Place;
let gateway: Gateway;
beforeEach(async () => {
  place = await createPlace({}, { OPENAI_BASE_URL: model.url, OMNI_POLICY_WITH_AUTONOMY: "full", OMNI_POLICY_WITH_UNSANDBOXEDSHELL: "true" });
  await place.configure({ workspace: place.workspace });
  gateway = await startGateway(place);
});
afterEach(async () => {
  await gateway.kill();
  await place.dispose();
});

/** One turn in which the model runs this; the result as it is shown to the model, and how long the turn took in milliseconds. */
async function run(input: { readonly command: string; readonly timeoutMs?: number }): Promise<{ readonly text: string; readonly took: number }> {
  model.script([callReply([{ name: "shell.run", arguments: input }]), textReply("done")]);
  const begun = performance.now();
  const answer = await (await gateway.post("/message", { message: "go", session_id: "http:programs" })).json();
  expect(answer).toMatchObject({ status: "completed", output: "done" });
  return { text: String(JSON.parse(shownOf("tool", model).at(-1) ?? "")), took: performance.now() - begun };
}

const peakMib = (): number => toPeakMib(gateway.child.pid ?? 0);
const pids = (): readonly number[] => readLines(join(place.workspace, "pids")).map(Number);

describe("RL-70 a program that prints", () => {
  it("100 MB, or for ever: head and tail are shown, the rest can be read, and the gateway grows by less than 32 MiB for each", async () => {
    // An output that goes to the disk: what the first such one loads and compiles does not grow with the next.
    await run({ command: "seq -f %09.0f 1 1000000" });
    const before = peakMib();
    const long = await run({ command: "seq -f %09.0f 1 10000000" });
    expect(long.text).toContain("000000001\n000000002\n");
    expect(long.text).toContain("010000000\n[exit code 0");
    expect(long.text).toContain("100,000,000 bytes");
    expect(long.text.length).toBeLessThan(300_000);
    const id = /shell\.output \{"id":"(\w+)"/.exec(long.text)?.[1] ?? "";
    model.script([callReply([{ name: "shell.output", arguments: { id, offset: 52_428_790, limit: 30 } }]), textReply("done")]);
    await gateway.post("/message", { message: "read on", session_id: "http:programs" });
    expect(JSON.parse(shownOf("tool", model).at(-1) ?? "")).toContain("005242880\n005242881");
    const between = peakMib();
    expect(between - before).toBeLessThan(32);
    const endless = await run({ command: "yes | head -c 1000000000000", timeoutMs: 1_500 });
    expect(endless.text).toContain("its time limit of 1.5 s");
    expect(peakMib() - between).toBeLessThan(32);
  });
});

describe("RL-71 a program that never ends", () => {
  it.each([
    ["and ignores SIGTERM, as its children do", "trap '' TERM; echo $$ >> pids; (trap '' TERM; echo $(sh -c 'echo $PPID') >> pids; sleep 300 & echo $! >> pids; wait) & sleep 300", 3],
    ["because it left a child behind that holds the output", "sleep 300 & echo $! >> pids; wait", 1],
    ["in a loop that takes the whole processor", "echo $$ >> pids; while :; do :; done", 1],
  ])("%s, is ended with all of its group when its time is up", async (_name, command, count) => {
    const { text, took } = await run({ command, timeoutMs: 500 });
    expect(text).toContain("its time limit of 0.5 s");
    expect(took).toBeLessThan(15_000);
    expect(pids()).toHaveLength(count);
    expect(pids().map(isGone)).toEqual(pids().map(() => true));
  });

  it("and was put into the background is ended with the command, and a daemon of its own session is not waited for", async () => {
    const { text, took } = await run({ command: "nohup sleep 300 > /dev/null 2>&1 & echo $! >> pids; setsid sh -c 'sleep 40' & echo done" });
    expect(text).toContain("done\n[exit code 0");
    expect(took).toBeLessThan(30_000);
    expect(pids().map(isGone)).toEqual([true]);
  });
});

describe("RL-72 a program that prints what is no text", () => {
  it.each([
    ["escapes, NUL and half characters", "printf '\\033[31mred\\033[0m \\033]0;title\\007 caf\\351 a\\0b \\342\\202'; printf '\\033]8;;http://x\\033\\\\link\\033]8;;\\033\\\\\\n'", "red"],
    ["binary data between words", "echo before; sleep 0.3; head -c 50000 /dev/urandom; sleep 0.3; echo after", "before\n[50,000 bytes that are no text are not shown]\nafter"],
    ["a program on standard output and on standard error", "cat /bin/sh; cat /bin/sh >&2", "bytes that are no text are not shown"],
  ])("%s: no control character is shown, and the turn goes on", async (_name, command, words) => {
    const { text } = await run({ command });
    expect(text).toContain(words);
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    expect(text.isWellFormed()).toBe(true);
  });
});

describe("RL-73 a program that wants a person", () => {
  it.each([
    ["a line", "read line || echo nobody"],
    ["a terminal", "(: < /dev/tty) 2> /dev/null || echo nobody"],
    ["a password", "ssh-keygen -p -f none < /dev/tty 2>&1 || echo nobody"],
    ["an editor or a pager", "test -t 0 || test -t 1 || echo nobody"],
    ["all of its input", "cat; echo nobody"],
  ])("for %s gets none and fails at once", async (_name, command) => {
    const { text, took } = await run({ command });
    expect(text).toContain("nobody");
    expect(took).toBeLessThan(15_000);
  });
});
