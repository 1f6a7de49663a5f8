import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "@omni/core";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { shownOf } from "./fixtures/newest-request.ts";
import { createPlace, fixture, omni, toJson } from "./omni-process.ts";

interface Outcome {
  readonly status: string;
  readonly output: string;
  readonly rounds: number;
  readonly toolCalls: readonly { readonly name: string; readonly status: string }[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

interface Shown {
  readonly turns: readonly { readonly toolCalls: readonly { readonly name: string; readonly status: string; readonly content?: unknown }[] }[];
}

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

let place: Place;
beforeEach(async () => {
  place = await createPlace({ "a.txt": "alpha\n", "b.txt": "beta\n" }, { OPENAI_BASE_URL: model.url, OMNI_POLICY_WITH_AUTONOMY: "full", OMNI_POLICY_WITH_UNSANDBOXEDSHELL: "true" });
});
afterEach(() => place.dispose());

const resultsOf = (): readonly string[] => shownOf("tool", model);

async function run(...args: readonly string[]): Promise<Outcome> {
  const finished = await omni(place, ["run", "--json", "--session", "cli:fault", ...args]);
  expect(finished.stderr).not.toMatch(/\n\s+at /);
  return toJson<Outcome>(finished);
}

/** A reply for every request, made from its number. */
function scriptEndless(toArguments: (index: number) => readonly [string, JsonObject]): void {
  model.script((_body, index) => {
    const [name, args] = toArguments(index);
    return callReply([{ name, arguments: args }]);
  });
}

const statuses = (outcome: Outcome): readonly string[] => outcome.toolCalls.map((call) => call.status);

describe("RL-51 a call of a tool that is not there", () => {
  it("unknown, in other letters, of a made-up server, without a name or not permitted is a result, stands in the record, and runs nothing", async () => {
    const wanted = ["no.such", "Files.Read", "FILES.WRITE", "mcp-nowhere.read_file", "mcp__github__create_issue", "read", "files", "files.read.more", "constructor", "__proto__", "a".repeat(300)];
    const write = { name: "files.write", arguments: { path: "a.txt", content: "overwritten" } };
    model.script([callReply([...wanted.map((name) => ({ name, arguments: { path: "a.txt", content: "overwritten" } })), { ...write }]), textReply("I see.")]);
    const outcome = await run("--autonomy", "readonly", "try them");
    expect(outcome).toMatchObject({ status: "completed", output: "I see.", error: null });
    expect(statuses(outcome)).toEqual([...wanted.map(() => "failed"), "denied"]);
    const shown = resultsOf();
    for (const each of shown.slice(0, wanted.length)) expect(each).toContain("tool.unknown");
    expect(shown[1]).toContain("Did you mean files.read?");
    expect(shown.at(-1)).toContain("tool.denied");
    expect(await place.read("a.txt")).toBe("alpha\n");
    const record = toJson<Shown>(await omni(place, ["sessions", "show", "cli:fault", "--json"]));
    expect(record.turns[0]?.toolCalls.map((call) => call.status)).toEqual(statuses(outcome));
  });
});

describe("RL-53 many calls in one reply", () => {
  /** Most calls that ran at once, and the order they began in. */
  const gauge = (): { readonly most: number; readonly order: readonly number[] } => {
    let running = 0;
    let most = 0;
    const order: number[] = [];
    for (const line of readFileSync(join(place.root, "gauge"), "utf8").trim().split("\n")) {
      running += line.startsWith("+") ? 1 : -1;
      most = Math.max(most, running);
      if (line.startsWith("+")) order.push(Number(line.slice(1)));
    }
    return { most, order };
  };
  const fifty = Array.from({ length: 50 }, (_, n) => n);

  it.each([
    ["fifty that read run sixteen at a time", "gauge.read", 16],
    ["fifty that do not run one after the other", "gauge.write", 1],
  ])("%s, with words before them, and the results keep their order", async (_name, name, most) => {
    await place.configure({ tools: { gauge: { use: fixture("gauge-tool.ts"), with: { file: join(place.root, "gauge") } } } });
    model.script([callReply(fifty.map((n) => ({ name, arguments: { n } })), "I will do all of it. "), textReply("done")]);
    const outcome = await run("do fifty");
    expect(outcome).toMatchObject({ status: "completed", output: "done" });
    expect(statuses(outcome)).toEqual(fifty.map(() => "completed"));
    expect(gauge().most).toBe(most);
    if (most === 1) expect(gauge().order).toEqual(fifty);
    expect(resultsOf().map((each) => /result \d+/.exec(each)?.[0])).toEqual(fifty.map((n) => `result ${n}`));
    expect(shownOf("assistant", model)).toEqual(['"I will do all of it. "']);
  });

  it("words after a call are kept with it, and the call runs", async () => {
    const chunk = (delta: JsonObject, finish: string | null = null): string => `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    const call = { index: 0, id: "call_1", type: "function", function: { name: "files__read", arguments: '{"path":"a.txt"}' } };
    model.script([{ rawBody: `${chunk({ role: "assistant", content: "before " })}${chunk({ tool_calls: [call] })}${chunk({ content: "and after" })}${chunk({}, "tool_calls")}data: [DONE]\n\n` }, textReply("read")]);
    expect(await run("mix them")).toMatchObject({ status: "completed", output: "read", toolCalls: [{ name: "files.read", status: "completed" }] });
    expect(JSON.stringify(model.chats.at(-1)?.body)).toContain("before and after");
    expect(resultsOf()[0]).toContain("alpha");
  });
});

describe("RL-75 the same call for ever", () => {
  it.each<[string, string, JsonObject]>([
    ["of a tool that reads", "files.read", { path: "a.txt" }],
    ["of a tool that changes something", "shell.run", { command: "echo again >> ledger" }],
    ["that fails each time", "files.read", { path: "missing.txt" }],
  ])("%s runs three times, the model is told, and the turn ends in plain words", async (_name, name, args) => {
    scriptEndless(() => [name, args]);
    const before = model.chats.length;
    const outcome = await run("--max-rounds", "9", "go round");
    expect(outcome).toMatchObject({ status: "limited", rounds: 9, error: { code: "turn.limited" } });
    expect(outcome.output).toContain("I stopped after 9 rounds");
    expect(model.chats).toHaveLength(before + 9);
    const shown = resultsOf();
    expect(shown.map((each) => each.includes("tool.repeated"))).toEqual([false, false, false, true, true, true, true, true]);
    if (name === "shell.run") expect(await place.read("ledger")).toBe("again\n".repeat(3));
    model.script([textReply("still here")]);
    expect(await run("are you there?")).toMatchObject({ status: "completed", output: "still here" });
  });

  it("ends at thirty rounds where nobody says how many, with exit 0 and words for the person", async () => {
    scriptEndless(() => ["files.read", { path: "a.txt" }]);
    const finished = await omni(place, ["run", "--quiet", "go round"]);
    expect(finished).toMatchObject({ code: 0, stdout: expect.stringContaining("I stopped after 30 rounds") });
  });
});

describe("RL-76 calls in a circle", () => {
  it("A, B, A, B: each runs three times, then the rounds end it", async () => {
    scriptEndless((index) => (index % 2 === 0 ? ["shell.run", { command: "echo A >> ledger" }] : ["shell.run", { command: "echo B >> ledger" }]));
    const outcome = await run("--max-rounds", "12", "go round");
    expect(outcome).toMatchObject({ status: "limited", rounds: 12 });
    expect(await place.read("ledger")).toBe("A\nB\n".repeat(3));
    expect(outcome.output).toContain("12 rounds");
  });

  it("with arguments that grow: the rounds, or the time, end it, and no request is beyond the budget", async () => {
    scriptEndless((index) => ["files.grep", { pattern: `x${"y".repeat(index * 500)}` }]);
    expect(await run("--max-rounds", "15", "grow")).toMatchObject({ status: "limited", rounds: 15 });
    scriptEndless((index) => ["shell.run", { command: `sleep 0.3; : ${"z".repeat(index)}` }]);
    const begun = performance.now();
    expect(await run("--timeout", "1", "grow for long")).toMatchObject({ status: "limited", error: { code: "turn.timeout" } });
    expect(performance.now() - begun).toBeLessThan(15_000);
  });
});
