import { describe, expect, it } from "vitest";
import type { OmniErrorCode } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Harness } from "./turn-harness.ts";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

/** A turn that takes a message in after this round, and whose hook hangs with that message; `reached` tells that it does. */
function createTaking(round: number): { readonly turn: Harness; readonly reached: Promise<void> } {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const turn = createHarness({
    script: [calls(["a.b", {}]), says("ok")],
    tools: [tool("a.b", "read", async () => text("seen"))],
    parts: {
      takeSteering: (now) => (now === round ? [{ text: "mind the cat", turnId: "t2" }] : []),
      hooks: [{ message: async (message) => (message.text === "mind the cat" ? (resolve(), new Promise<never>(() => undefined)) : undefined) }],
    },
  });
  return { turn, reached };
}

/** Stops the turn in its hook with this, and says how it ended and what it took in. */
async function stopWith(code: OmniErrorCode, round: number): Promise<readonly [string | undefined, number]> {
  const { turn, reached } = createTaking(round);
  const running = turn.run();
  await reached;
  turn.stop.abort(new OmniError(code, "stopped"));
  await turn.clock.advance(1_000);
  const end = await running;
  return [end?.status, turn.recorded.filter((event) => event.type === "steer").length];
}

describe.each([0, 1])("a message that a turn takes in after round %i while it is stopped", (round) => {
  it("is not told as refused where the process goes down: it is left whole for the next start", async () => {
    expect(await stopWith("gateway.draining", round)).toEqual([undefined, 0]);
  });

  it("is a turn of its own where the time of this one is up", async () => {
    expect(await stopWith("turn.timeout", round)).toEqual(["limited", 0]);
  });

  it("ends with it where a person cancels", async () => {
    expect(await stopWith("turn.cancelled", round)).toEqual(["cancelled", 1]);
  });
});
