import { describe, expect, it } from "vitest";
import type { Message } from "@omni/core";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

/** First lines of the results a request shows, in order. */
function resultsOf(messages: readonly Message[] = []): readonly string[] {
  return messages.flatMap((message) => (message.role === "tool" ? [message.content.map((block) => (block.type === "text" ? block.text : "")).join("")] : []));
}

describe("RL-75 the same call for ever", () => {
  it("of a tool that only reads stays stopped: being stopped is no new result", async () => {
    let ran = 0;
    const same = calls(["a.read", { path: "x" }]);
    const turn = createHarness({ script: Array.from({ length: 12 }, () => same), tools: [tool("a.read", "read", async () => ((ran += 1), text("unchanged")))], limits: { maxRounds: 12 } });
    const end = await turn.run();
    expect(ran).toBe(3);
    expect(end).toMatchObject({ status: "limited", rounds: 12, error: { code: "turn.limited" } });
    expect(end?.toolCalls.map((call) => call.status)).toEqual([...Array.from({ length: 3 }, () => "completed"), ...Array.from({ length: 9 }, () => "failed")]);
  });

  it("many times in one reply runs no more often than one after the other", async () => {
    let ran = 0;
    const same = Array.from({ length: 50 }, () => ["a.read", { path: "x" }] as const);
    const turn = createHarness({ script: [calls(...same), says("enough")], tools: [tool("a.read", "read", async () => ((ran += 1), text("unchanged")))] });
    const end = await turn.run();
    expect(ran).toBe(3);
    expect(end).toMatchObject({ status: "completed", output: "enough" });
    const shown = resultsOf(turn.requests[1]?.messages);
    expect(shown).toHaveLength(50);
    expect(shown.filter((each) => each.includes("tool.repeated"))).toHaveLength(47);
  });

  it("is counted on after a crash", async () => {
    let ran = 0;
    const same = calls(["a.read", { path: "x" }]);
    const read = tool("a.read", "read", async () => ((ran += 1), text("unchanged")));
    const first = createHarness({ script: [same, same, same, same], tools: [read], limits: { maxRounds: 4 } });
    await first.run();
    const recorded = first.recorded.filter((event) => event.type !== "turn-end");
    const second = createHarness({ script: [same, says("gave up")], tools: [read], parts: { recorded, attempt: 2 } });
    expect(await second.run()).toMatchObject({ status: "completed", output: "gave up" });
    expect(ran).toBe(3);
  });
});

describe("the same long result", () => {
  it("is no new one after a crash, though the whole of each is kept under an id of its own", async () => {
    let ran = 0;
    const same = calls(["a.read", { path: "x" }]);
    const read = tool("a.read", "read", async () => ((ran += 1), text("unchanged ".repeat(20_000))));
    const first = createHarness({ script: [same, same], tools: [read], limits: { maxRounds: 2 } });
    await first.run();
    const recorded = first.recorded.filter((event) => event.type !== "turn-end");
    const offload = async (): Promise<string> => `again-${ran}`;
    const second = createHarness({ script: [same, same, says("gave up")], tools: [read], parts: { recorded, attempt: 2, offload } });
    expect(await second.run()).toMatchObject({ status: "completed", output: "gave up" });
    expect(ran).toBe(3);
  });
});

describe("RL-76 calls in a circle", () => {
  it("A, B, A, B are each stopped after the limit, and the turn ends at its rounds", async () => {
    const ran: string[] = [];
    const other = (name: string) => calls([name, {}]);
    const script = Array.from({ length: 14 }, (_, index) => other(index % 2 === 0 ? "a.read" : "a.write"));
    const tools = [tool("a.read", "read", async () => (ran.push("read"), text("same"))), tool("a.write", "once", async () => (ran.push("write"), text("same")))];
    const end = await createHarness({ script, tools, limits: { maxRounds: 14 } }).run();
    expect(ran).toEqual(["read", "write", "read", "write", "read", "write"]);
    expect(end).toMatchObject({ status: "limited", error: { code: "turn.limited" } });
  });

  it("with arguments that grow end at the rounds, at the tokens and at the time", async () => {
    const script = Array.from({ length: 60 }, (_, index) => calls(["a.read", { words: "w ".repeat(index) }]));
    const read = tool("a.read", "read", async () => text("more"));
    expect(await createHarness({ script, tools: [read], limits: { maxRounds: 9 } }).run()).toMatchObject({ status: "limited", rounds: 9 });
    const costly = script.map((reply) => reply.map((event) => (event.type === "finish" ? { ...event, usage: { inputTokens: 100, outputTokens: 1, reported: true } } : event)));
    expect(await createHarness({ script: costly, tools: [read], limits: { maxTokens: 1_000, maxRounds: 60 } }).run()).toMatchObject({ status: "limited", rounds: 10 });
    const timed = createHarness({ script, tools: [tool("a.read", "read", async () => (await timed.clock.advance(10_000), text("more")))], limits: { maxRounds: 60, toolTimeoutMs: 60_000 } });
    expect(await timed.run()).toMatchObject({ status: "limited", error: { code: "turn.timeout" } });
  });
});

describe("RL-53 fifty calls in one reply", () => {
  it("run sixteen at a time where they read, and their results keep their order", async () => {
    let running = 0;
    let most = 0;
    const read = tool("a.read", "read", async (input) => {
      running += 1;
      most = Math.max(most, running);
      // The later of a group end first.
      for (let turn = 0; turn < 20 - (Number(input["n"]) % 16); turn += 1) await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return text(`result ${String(input["n"])}`);
    });
    const turn = createHarness({ script: [calls(...Array.from({ length: 50 }, (_, n) => ["a.read", { n }] as const)), says("done")], tools: [read] });
    expect(await turn.run()).toMatchObject({ status: "completed" });
    expect(most).toBe(16);
    expect(resultsOf(turn.requests[1]?.messages)).toEqual(Array.from({ length: 50 }, (_, n) => `result ${n}`));
  });
});
