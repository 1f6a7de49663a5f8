import { describe, expect, it } from "vitest";
import type { DurableEvent } from "@omni/core";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

/** A two-tool turn whose tools keep a ledger outside the turn. */
function twoTools(ledger: string[]) {
  return {
    script: [calls(["a.once", { n: 1 }], ["a.read", { n: 2 }]), says("both done")],
    tools: [
      tool("a.once", "once", async () => (ledger.push("once"), text("did it"))),
      tool("a.read", "read", async () => (ledger.push("read"), text("saw it"))),
    ],
  };
}

async function recordWhole(): Promise<readonly DurableEvent[]> {
  const turn = createHarness(twoTools([]));
  await turn.run();
  return turn.recorded;
}

describe("runTurn, given the record of an interrupted attempt", () => {
  it("ends the turn once from every prefix, never runs a call of class once again, and asks the model no more than needed", async () => {
    const whole = await recordWhole();
    expect(whole).toHaveLength(11);
    for (let length = 0; length < whole.length; length += 1) {
      const prefix = whole.slice(0, length);
      const ledger: string[] = [];
      const { script, tools } = twoTools(ledger);
      const replies = prefix.filter((event) => event.type === "model-reply").length;
      const turn = createHarness({ script: script.slice(replies), tools, parts: { recorded: prefix, attempt: 2 } });
      const end = await turn.run();
      const isLost = prefix.some((event) => event.type === "tool-call" && event.effect === "once") && !prefix.some((event) => event.type === "tool-result" && event.name === "a.once");
      const isDone = prefix.some((event) => event.type === "tool-result" && event.name === "a.once");
      expect(end, `after ${length} events`).toMatchObject({ status: "completed", output: "both done" });
      expect(ledger.filter((each) => each === "once")).toHaveLength(isLost || isDone ? 0 : 1);
      expect(end?.toolCalls.find((call) => call.name === "a.once")?.status).toBe(isLost ? "unknown" : "completed");
      expect(end?.toolCalls.find((call) => call.name === "a.read")?.status).toBe("completed");
    }
  });

  it("records nothing more for a turn that has ended", async () => {
    const turn = createHarness({ ...twoTools([]), parts: { recorded: await recordWhole(), attempt: 2 } });
    await turn.run();
    expect(turn.recorded).toEqual([]);
    expect(turn.requests).toEqual([]);
  });

  it("gives a call that is safe to repeat the same idempotency key again", async () => {
    const keys: string[] = [];
    const keyed = tool("a.put", "keyed", async (_input, context) => (keys.push(context.idempotencyKey), text("put")));
    const first = createHarness({ script: [calls(["a.put", {}]), says("ok")], tools: [keyed] });
    await first.run();
    const prefix = first.recorded.slice(0, first.recorded.findIndex((event) => event.type === "tool-result"));
    await createHarness({ script: [says("ok")], tools: [keyed], parts: { recorded: prefix, attempt: 2 } }).run();
    expect(keys).toHaveLength(2);
    expect(keys[1]).toBe(keys[0]);
  });

  it("says that nobody knows what became of a begun call whose tool is gone", async () => {
    const keyed = tool("a.put", "keyed", async () => text("put"));
    const first = createHarness({ script: [calls(["a.put", {}]), says("ok")], tools: [keyed] });
    await first.run();
    const prefix = first.recorded.slice(0, first.recorded.findIndex((event) => event.type === "tool-result"));
    const second = createHarness({ script: [says("ok")], tools: [], parts: { recorded: prefix, attempt: 2 } });
    await second.run();
    expect(second.recorded.find((event) => event.type === "tool-result")).toMatchObject({ status: "unknown" });
  });

  it("returns the journalled value of a step instead of running it again", async () => {
    let ran = 0;
    const stepping = tool("a.s", "keyed", async (_input, context) => {
      const value = await context.step("pay", async () => (ran += 1));
      return text(`paid ${value}`);
    });
    const first = createHarness({ script: [calls(["a.s", {}]), says("ok")], tools: [stepping] });
    await first.run();
    const prefix = first.recorded.slice(0, first.recorded.findIndex((event) => event.type === "tool-result"));
    expect(prefix.at(-1)).toMatchObject({ type: "step", name: "pay", value: 1 });
    const second = createHarness({ script: [says("ok")], tools: [stepping], parts: { recorded: prefix, attempt: 2 } });
    await second.run();
    expect(ran).toBe(1);
    expect(JSON.stringify(second.requests[0]?.messages)).toContain("paid 1");
  });

  it("stands by the same question and does not ask for an answer that was given", async () => {
    const asked: string[] = [];
    const options = {
      script: [calls(["a.once", {}]), says("ok")],
      tools: [tool("a.once", "once", async () => text("did it"))],
      parts: { policy: { autonomy: "supervised" as const, decide: () => ({ verdict: "ask" as const, reason: "sure?", rule: "test" }) }, ask: async (event: { askId: string }) => (asked.push(event.askId), { decision: "allow" as const, by: "owner" }) },
    };
    const first = createHarness(options);
    await first.run();
    const at = (type: DurableEvent["type"]): number => first.recorded.findIndex((event) => event.type === type);
    await createHarness({ ...options, script: [says("ok")], parts: { ...options.parts, recorded: first.recorded.slice(0, at("ask") + 1), attempt: 2 } }).run();
    await createHarness({ ...options, script: [says("ok")], parts: { ...options.parts, recorded: first.recorded.slice(0, at("answer") + 1), attempt: 2 } }).run();
    expect(asked).toHaveLength(2);
    expect(asked[1]).toBe(asked[0]);
  });
});
