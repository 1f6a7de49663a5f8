import { afterEach, describe, expect, it } from "vitest";
import type { ModelRequest, SecurityPolicy, Tool } from "@omni/core";
import { OmniError } from "@omni/core";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { Runtime } from "../src/runtime.ts";
import type { RuntimeHarness } from "./runtime-harness.ts";
import { createRuntimeHarness, until } from "./runtime-harness.ts";

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

const asking: SecurityPolicy = { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) };

function isSummaryRequest(request: ModelRequest): boolean {
  return request.system.startsWith("You write down");
}

function toReply(request: ModelRequest): ReturnType<typeof textReply> | ReturnType<typeof callReply> {
  if (isSummaryRequest(request)) return textReply(JSON.stringify({ summary: "They counted to three.", experiences: [] }));
  const { messages } = request;
  return JSON.stringify(messages.at(-1)).includes("now call") ? callReply([{ name: "echo.append", arguments: { text: "x" } }]) : textReply("counted");
}

async function say(runtime: Runtime, text: string): Promise<string> {
  return (await (await runtime.submit(harness.message(text))).outcome).output;
}

/** Resolves once a call waits for a person. */
async function asked(runtime: Runtime): Promise<string> {
  for (;;) {
    const [open] = runtime.asks();
    if (open !== undefined) return open.ask.askId;
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

describe("a turn that waits while the turns before it are summed up", () => {
  it("is told of all of them when it goes on after a restart: of the released by the summary, of the others word by word", async () => {
    harness = await createRuntimeHarness({ policy: asking, script: toReply });
    const first = await harness.open();
    for (const text of ["say one", "say two", "say three", "say four", "say five"]) await say(first, text);
    const { turnId } = await first.submit(harness.message("now call"));
    await asked(first);
    const before = JSON.stringify(harness.provider.requests.at(-1)?.messages);
    expect(before).toContain("say one");
    expect(await say(first, "/compact")).toContain("Summed up 3 turns");
    await first.close();

    const second = await harness.open();
    await second.recover();
    await second.answer(await asked(second), { decision: "allow" }, harness.message("").principal);
    await second.follow(turnId)?.outcome;
    const after = JSON.stringify(harness.provider.requests.at(-1)?.messages);
    for (const told of ["They counted to three.", "say four", "say five", "now call"]) expect(after).toContain(told);
    expect(after).not.toContain("say three");
  });
});

describe("a turn whose workspace has a page that is never read to its end", () => {
  it("goes on after five seconds with what is known, and the log says so", async () => {
    harness = await createRuntimeHarness({ script: [textReply("ok")] });
    const { clock, files, log } = harness.host;
    const within = files.within.bind(files);
    files.within = (...given) => ({ ...within(...given), stat: () => new Promise(() => undefined) });
    const runtime = await harness.open();
    const { outcome } = await runtime.submit(harness.message("hello"));
    const begun = clock.monotonic();
    let isOver = false;
    const answered = outcome.finally(() => {
      isOver = true;
    });
    await until(harness, () => isOver);
    expect(await answered).toMatchObject({ status: "completed", output: "ok" });
    expect(clock.monotonic() - begun).toBeGreaterThanOrEqual(5_000);
    expect(log.lines.filter(({ level }) => level === "warn").map(({ fields }) => fields)).toMatchObject([{ afterMs: 5_000 }]);
  });
});

describe("an answer to a call that waits", () => {
  const calling = (request: ModelRequest): ReturnType<typeof callReply> | ReturnType<typeof textReply> => (request.messages.at(-1)?.role === "tool" ? textReply("done") : callReply([{ name: "echo.append", arguments: { text: "x" } }]));

  it("is on the record when it is said to be taken, also while another turn has the place", async () => {
    const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    harness = await createRuntimeHarness({
      policy: asking,
      agent: { maxConcurrentTurns: 1 },
      script: async (request) => {
        if (!JSON.stringify(request.messages).includes("hold the place")) return calling(request);
        reached.resolve();
        await opened.promise;
        return textReply("held");
      },
    });
    const runtime = await harness.open();
    const waiting = await runtime.submit(harness.message("now call"));
    const askId = await asked(runtime);
    const other = await runtime.submit(harness.message("hold the place", { sessionId: "test:b" }));
    await reached.promise;
    await runtime.answer(askId, { decision: "allow" }, harness.message("").principal);
    const recorded = async (): Promise<readonly string[]> => (await runtime.store.events(waiting.turnId)).map((event) => event.type);
    expect((await recorded()).at(-1)).toBe("answer");
    opened.resolve();
    expect([await other.outcome, await waiting.outcome]).toMatchObject([{ output: "held" }, { output: "done", toolCalls: [{ status: "completed" }] }]);
    expect((await recorded()).filter((type) => type === "answer")).toHaveLength(1);
  });

  it("is not taken where it cannot be recorded, and may be given again", async () => {
    let failures = 1;
    harness = await createRuntimeHarness({
      policy: asking,
      script: calling,
      store: (store) => ({
        ...store,
        async append(turnId, fence, events, outbox) {
          if (events.some((event) => event.type === "answer") && failures-- > 0) throw new OmniError("store.failed", "the disk is gone");
          return store.append(turnId, fence, events, outbox);
        },
      }),
    });
    const runtime = await harness.open();
    const { principal } = harness.message("");
    const turn = await runtime.submit(harness.message("now call"));
    await expect(runtime.answer(await asked(runtime), { decision: "allow" }, principal)).rejects.toMatchObject({ code: "store.busy", retryable: true });
    while (runtime.asks().length === 0) await harness.host.clock.advance(1_000);
    await runtime.answer(await asked(runtime), { decision: "allow" }, principal);
    expect(await runtime.follow(turn.turnId)?.outcome).toMatchObject({ output: "done", toolCalls: [{ status: "completed" }] });
    expect(harness.echo.appended).toEqual(["x"]);
  });
});

describe("a message that is exactly a call", () => {
  it("runs the tool under the policy, records a turn, and asks no model", async () => {
    harness = await createRuntimeHarness();
    const runtime = await harness.open();
    const turn = await runtime.submit(harness.message('echo.say {"text":"direct"}'));
    expect(await turn.outcome).toMatchObject({ status: "completed", output: "direct", toolCalls: [{ name: "echo.say", status: "completed" }] });
    expect(harness.provider.requests).toEqual([]);
    const wrong = await (await runtime.submit(harness.message('echo.say {"words":1}'))).outcome;
    expect(wrong).toMatchObject({ status: "failed", toolCalls: [{ status: "failed" }], error: { code: "tool.invalid-arguments", message: expect.stringContaining('"properties"') as string } });
    expect(harness.echo.calls).toHaveLength(1);
  });

  it("leaves the history of the session as it was for the next turn", async () => {
    harness = await createRuntimeHarness({ script: [textReply("hello Ada"), textReply("Ada")] });
    const runtime = await harness.open();
    for (const text of ["I am Ada", 'echo.say {"text":"x"}', "who am I?"]) await (await runtime.submit(harness.message(text))).outcome;
    expect(JSON.stringify(harness.provider.requests[1]?.messages)).toContain("I am Ada");
  });

  it("needs no round of a model, and takes in no message that a model would read", async () => {
    const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow: Tool = {
      name: "echo.slow",
      description: "Waits to be let go.",
      inputSchema: { type: "object" },
      effect: "read",
      async execute() {
        reached.resolve();
        await opened.promise;
        return { content: [{ type: "text", text: "let go" }] };
      },
    };
    harness = await createRuntimeHarness({ tools: [slow], script: [textReply("I was told")] });
    const runtime = await harness.open();
    const direct = await runtime.submit(harness.message("echo.slow", { limits: { maxRounds: 1 } }));
    await reached.promise;
    const steering = await runtime.submit(harness.message("and be quick", { mode: "steer", limits: { maxRounds: 1 } }));
    opened.resolve();
    expect(await direct.outcome).toMatchObject({ status: "completed", output: "let go", toolCalls: [{ name: "echo.slow" }] });
    expect(await steering.outcome).toMatchObject({ status: "completed", output: "I was told" });
  });
});
