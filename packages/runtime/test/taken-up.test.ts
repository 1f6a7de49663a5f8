import { afterEach, describe, expect, it } from "vitest";
import { textReply } from "@omni/testkit/fakes";
import type { Runtime, TurnHandle } from "../src/runtime.ts";
import type { RuntimeHarness } from "./runtime-harness.ts";
import { createRuntimeHarness, until } from "./runtime-harness.ts";

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

/** A process that has taken up a turn which another left, for a message behind it. */
async function takeUp(): Promise<{ readonly runtime: Runtime; readonly left: string; readonly waiting: TurnHandle }> {
  harness = await createRuntimeHarness({ script: (body) => (JSON.stringify(body).includes("and then") ? textReply("next") : { stall: true }) });
  const before = await harness.open();
  const left = await before.submit(harness.message("go"));
  left.outcome.catch(() => undefined);
  await until(harness, async () => (await before.turn(left.turnId))?.status === "running");
  await before.close();
  const runtime = await harness.open();
  const waiting = await runtime.submit(harness.message("and then"));
  await until(harness, () => runtime.follow(left.turnId) !== undefined);
  return { runtime, left: left.turnId, waiting };
}

describe("a turn that is taken up for the message behind it", () => {
  it("is followed and stopped like any other, and the message has its turn", async () => {
    const { runtime, left, waiting } = await takeUp();
    const followed = runtime.follow(left);
    expect(await runtime.cancel(left)).toBe(true);
    expect([(await followed?.outcome)?.status, (await waiting.outcome).output]).toEqual(["cancelled", "next"]);
  });

  it("goes on where only the message behind it is cancelled", async () => {
    const { runtime, left, waiting } = await takeUp();
    expect([await runtime.cancel(waiting.turnId), (await runtime.turn(left))?.outcome]).toEqual([true, null]);
    expect((await waiting.outcome).status).toBe("cancelled");
  });

  it("is interrupted by a message that interrupts", async () => {
    const { runtime, left, waiting } = await takeUp();
    const last = await runtime.submit(harness.message("and then, at once", { mode: "interrupt" }));
    expect([(await waiting.outcome).status, (await last.outcome).output, (await runtime.turn(left))?.outcome?.status]).toEqual(["cancelled", "next", "cancelled"]);
  });

  it("is left to the next start when the process ends", async () => {
    const { runtime, left, waiting } = await takeUp();
    waiting.outcome.catch(() => undefined);
    await runtime.close();
    const next = await harness.open();
    expect([(await next.turn(left))?.outcome, (await next.turn(waiting.turnId))?.outcome]).toEqual([null, null]);
  });
});
