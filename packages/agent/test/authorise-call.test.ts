import { describe, expect, it } from "vitest";
import type { PolicyDecision } from "@omni/core";
import type { Answer } from "../src/index.ts";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

const policy = (verdict: PolicyDecision["verdict"]) => ({ autonomy: "supervised" as const, decide: () => ({ verdict, reason: "because of the table", rule: "test" }) });
const run = async (parts: Parameters<typeof createHarness>[0]["parts"], interactive = true) => {
  let ran = 0;
  const turn = createHarness({ script: [calls(["a.b", { x: 1 }]), says("ok")], tools: [tool("a.b", "once", async () => ((ran += 1), text("done")))], input: { interactive }, ...(parts === undefined ? {} : { parts }) });
  const end = await turn.run();
  return { ran, status: end?.toolCalls[0]?.status, shown: JSON.stringify(turn.requests[1]?.messages), recorded: turn.recorded };
};
const answers = (answer: Answer) => async (): Promise<Answer> => answer;

describe("a call before it runs", () => {
  it("runs when the policy allows it, and does not when it refuses, with the reason for the model", async () => {
    expect(await run({ policy: policy("allow") })).toMatchObject({ ran: 1, status: "completed" });
    const refused = await run({ policy: policy("deny") });
    expect(refused).toMatchObject({ ran: 0, status: "denied" });
    expect(refused.shown).toContain("because of the table");
  });

  it.each([
    ["allow", { decision: "allow", by: "owner" }, 1],
    ["always", { decision: "always", by: "owner" }, 1],
    ["deny", { decision: "deny", by: "owner" }, 0],
    ["silence", { decision: "deny", by: "timeout" }, 0],
  ] as const)("follows the person who is asked: %s", async (_name, answer, ran) => {
    expect(await run({ policy: policy("ask"), ask: answers(answer) })).toMatchObject({ ran, status: ran === 1 ? "completed" : "denied" });
  });

  it("is refused where nobody can be asked, and the question is on the record", async () => {
    const refused = await run({ policy: policy("ask"), ask: () => expect.unreachable() }, false);
    expect(refused).toMatchObject({ ran: 0, status: "denied" });
    expect(refused.recorded.find((event) => event.type === "answer")).toMatchObject({ decision: "deny", by: "nobody" });
  });

  it("is not asked about again when a person has allowed exactly this for ever", async () => {
    expect(await run({ policy: policy("ask"), isAlwaysAllowed: async () => true, ask: () => expect.unreachable() })).toMatchObject({ ran: 1 });
  });

  it("is bound to its session where it is approved once, and to none where it is allowed for ever", async () => {
    const digestsIn = async (sessionId: string): Promise<readonly string[]> => {
      const digests: string[] = [];
      const keep = (digest: string): void => void digests.push(digest);
      const turn = createHarness({
        script: [calls(["a.b", { n: 1 }]), says("ok")],
        tools: [tool("a.b", "once", async () => text("done"))],
        input: { sessionId },
        parts: { policy: policy("ask"), isAlwaysAllowed: async (digest) => (keep(digest), false), ask: async (event) => (keep(event.digest), { decision: "allow", by: "owner" }) },
      });
      await turn.run();
      return digests;
    };
    const [one, other] = [await digestsIn("test:one"), await digestsIn("test:other")];
    for (const digest of [...one, ...other]) expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect([one[0] === other[0], one[1] === other[1]]).toEqual([true, false]);
  });
});

describe("hooks", () => {
  it("may refuse and change messages, model calls, tool calls and results", async () => {
    const veto = await run({ hooks: [{ toolCall: async () => ({ veto: "not today" }) }] });
    expect(veto).toMatchObject({ ran: 0, status: "denied" });
    expect(veto.shown).toContain("not today");
    const changed = await run({ hooks: [{ message: async () => ({ text: "changed words" }), toolResult: async () => text("changed result") }] });
    expect(changed.shown).toContain("changed words");
    expect(changed.shown).toContain("changed result");
    const modelVeto = createHarness({ script: [says("never")], parts: { hooks: [{ modelCall: async () => ({ veto: "no model" }) }] } });
    expect(await modelVeto.run()).toMatchObject({ status: "failed", error: { code: "turn.vetoed" } });
    const messageVeto = createHarness({ script: [says("never")], parts: { hooks: [{ message: async () => ({ veto: "no message" }) }] } });
    expect(await messageVeto.run()).toMatchObject({ status: "failed", error: { code: "turn.vetoed" } });
    expect(messageVeto.requests).toEqual([]);
  });

  it("see a message that joins a running turn as one that begins a turn", async () => {
    const told = async (message: () => Promise<{ readonly text: string } | { readonly veto: string }>): Promise<string> => {
      const turn = createHarness({ script: [says("ok")], parts: { takeSteering: (round) => (round === 0 ? [{ text: "my card is 4111", turnId: "t2" }] : []), hooks: [{ message: async ({ text: words }) => (words.includes("4111") ? message() : undefined) }] } });
      await turn.run();
      return JSON.stringify([turn.requests[0]?.messages, turn.recorded.filter((event) => event.type === "steer")]);
    };
    const changed = await told(async () => ({ text: "my card is [hidden]" }));
    expect([changed.includes("[hidden]"), changed.includes("4111")]).toEqual([true, false]);
    const refused = await told(async () => ({ veto: "no cards here" }));
    expect([refused.includes("no cards here"), refused.includes("4111")]).toEqual([true, false]);
  });

  it("that throw refuse what they guard and never break the loop", async () => {
    const throwing = async (): Promise<never> => Promise.reject(new Error("hook broke"));
    expect(await run({ hooks: [{ toolCall: throwing }] })).toMatchObject({ ran: 0, status: "denied" });
    expect(await run({ hooks: [{ modelCall: throwing, toolResult: throwing }] })).toMatchObject({ ran: 1, status: "completed" });
  });

  it("see what the hook before them made, in order", async () => {
    const seen: string[] = [];
    const add = (word: string) => ({ message: async ({ text: words }: { readonly text: string }) => (seen.push(words), { text: `${words} ${word}` }) });
    await run({ hooks: [add("one"), add("two")] });
    expect(seen).toEqual(["do it", "do it one"]);
  });
});
