import { describe, expect, it } from "vitest";
import type { AskEvent, DurableEvent, Effect, Hook, JsonObject } from "@omni/core";
import { createCountingRandom } from "@omni/testkit/fakes";
import type { Harness } from "./turn-harness.ts";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

/** What became of one call whose arguments a hook makes into these. */
interface Seen {
  readonly turn: Harness;
  readonly asked: readonly AskEvent[];
  readonly ran: readonly JsonObject[];
}

/** Runs a turn of one call that a person has to approve, from this record on. */
async function run(args: JsonObject, recorded: readonly DurableEvent[] = [], effect: Effect = "once"): Promise<Seen> {
  const asked: AskEvent[] = [];
  const ran: JsonObject[] = [];
  const random = createCountingRandom();
  for (const _event of recorded) random.id();
  const change: Hook = { toolCall: async () => ({ arguments: args }) };
  const turn = createHarness({
    script: recorded.length === 0 ? [calls(["a.b", {}]), says("ok")] : [says("ok")],
    tools: [tool("a.b", effect, async (input) => (ran.push(input), text("did it")))],
    parts: {
      recorded,
      random,
      attempt: recorded.length === 0 ? 1 : 2,
      hooks: [change],
      policy: { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) },
      ask: async (event) => (asked.push(event), { decision: "allow", by: "owner" }),
    },
  });
  await turn.run();
  return { turn, asked, ran };
}

/** The record of such a turn as far as this event. */
async function recordThrough(type: DurableEvent["type"], args: JsonObject, effect?: Effect): Promise<readonly DurableEvent[]> {
  const { turn } = await run(args, [], effect);
  return turn.recorded.slice(0, turn.recorded.findIndex((event) => event.type === type) + 1);
}

describe("a call whose arguments are others after a restart", () => {
  it("is asked about anew, though the earlier one was approved", async () => {
    const earlier = await recordThrough("answer", { path: "a" });
    expect(await run({ path: "a" }, earlier)).toMatchObject({ asked: [], ran: [{ path: "a" }] });
    expect(await run({ path: "b" }, earlier)).toMatchObject({ asked: [{ arguments: { path: "b" } }], ran: [{ path: "b" }] });
  });

  it("leaves no earlier question open", async () => {
    const earlier = await recordThrough("ask", { path: "a" });
    const { turn, asked } = await run({ path: "b" }, earlier);
    const before = earlier.find((event) => event.type === "ask");
    expect(asked.map((ask) => ask.askId)).not.toContain(before?.askId);
    const answers = turn.recorded.filter((event) => event.type === "answer");
    expect(answers).toMatchObject([{ askId: before?.askId, decision: "deny", by: "nobody" }, { askId: asked[0]?.askId, decision: "allow" }]);
  });

  it.each(["keyed", "read"] as const)("is not run under what was begun where it is %s", async (effect) => {
    const earlier = await recordThrough("tool-call", { path: "a" }, effect);
    expect(await run({ path: "a" }, earlier, effect)).toMatchObject({ asked: [], ran: [{ path: "a" }] });
    const { turn, ran } = await run({ path: "b" }, earlier, effect);
    expect(ran).toEqual([]);
    expect(turn.recorded.find((event) => event.type === "tool-result")).toMatchObject({ status: "unknown" });
  });
});
