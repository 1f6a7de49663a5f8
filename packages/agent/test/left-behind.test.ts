import { describe, expect, it } from "vitest";
import type { AgentEvent, ToolContext } from "@omni/core";
import { OmniError } from "@omni/core";
import { calls, createHarness, says, tool } from "./turn-harness.ts";

/** A tool that heeds nothing, what it was given, and when it has it. */
function createDeaf() {
  const { promise: context, resolve } = Promise.withResolvers<ToolContext>();
  return { context, deaf: tool("a.deaf", "once", (_input, given) => (resolve(given), new Promise(() => undefined))) };
}

describe("a tool that was left behind", () => {
  it("takes no step and asks nobody once its call has a result, while its turn goes on", async () => {
    const { context, deaf } = createDeaf();
    const spoken = Promise.withResolvers<void>();
    const turn = createHarness({ script: [calls(["a.deaf", {}]), async function* () { await spoken.promise; yield* says("ok"); }], tools: [deaf] });
    const running = turn.run();
    const given = await context;
    await turn.clock.advance(11_000);
    let paid = 0;
    await expect(given.step("pay", async () => (paid += 1))).rejects.toMatchObject({ code: "tool.failed" });
    await expect(given.ask({ question: "which?" })).rejects.toMatchObject({ code: "tool.failed" });
    await given.progress("still here");
    spoken.resolve();
    expect([(await running)?.output, paid]).toEqual(["ok", 0]);
    expect(turn.recorded.filter((event) => event.type === "step" || event.type === "ask")).toEqual([]);
  });

  it("records no step that it began before its call had a result and ended after", async () => {
    const { context, deaf } = createDeaf();
    const turn = createHarness({ script: [calls(["a.deaf", {}]), says("ok")], tools: [deaf] });
    const running = turn.run();
    const body = Promise.withResolvers<number>();
    const step = (await context).step("pay", () => body.promise);
    await turn.clock.advance(11_000);
    body.resolve(1);
    await expect(step).rejects.toMatchObject({ code: "tool.failed" });
    await running;
    expect(turn.recorded.some((event) => event.type === "step")).toBe(false);
  });
});

describe("the events of a turn", () => {
  it("end with its end, though a part that was left behind speaks while that is being written", async () => {
    const { context, deaf } = createDeaf();
    const turn = createHarness({ script: [calls(["a.deaf", {}])], tools: [deaf] });
    const seen: AgentEvent["type"][] = [];
    const late: Promise<unknown>[] = [];
    const running = turn.run(async (event) => {
      seen.push(event.type);
      if (event.type !== "turn-end") return;
      const given = await context;
      late.push(given.step("late", async () => 1), given.ask({ question: "which?" }), given.progress("late"));
      await Promise.allSettled(late);
    });
    await context;
    turn.stop.abort(new OmniError("turn.cancelled", "stopped"));
    await turn.clock.advance(1_000);
    expect((await running)?.status).toBe("cancelled");
    expect(seen.at(-1)).toBe("turn-end");
    expect((await Promise.allSettled(late)).map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
  });

  it("end with its end, though words of the model are still to be told", async () => {
    const words = ["one", "two"] as const;
    const turn = createHarness({ script: [async function* () { yield { type: "text-delta", text: words[0] }; yield { type: "reasoning-delta", text: "hm" }; yield { type: "text-delta", text: words[1] }; await new Promise(() => undefined); }] });
    const [reached, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const seen: AgentEvent["type"][] = [];
    const running = turn.run((event) => {
      seen.push(event.type);
      if (event.type !== "text-delta") return undefined;
      reached.resolve();
      return slow.promise;
    });
    await reached.promise;
    turn.stop.abort(new OmniError("turn.cancelled", "stopped"));
    await turn.clock.advance(1_000);
    slow.resolve();
    expect((await running)?.status).toBe("cancelled");
    expect(seen.at(-1)).toBe("turn-end");
  });
});
