import { afterEach, describe, expect, it } from "vitest";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { Runtime, TurnHandle } from "../src/runtime.ts";
import type { RuntimeHarness } from "./runtime-harness.ts";
import { createRuntimeHarness, owner, until } from "./runtime-harness.ts";

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

describe("RL-80 a stop ends a turn within two seconds though", () => {
  it("it is taken up from a dead process and waits for a place", async () => {
    harness = await createRuntimeHarness({ script: () => ({ stall: true }), agent: { maxConcurrentTurns: 1 } });
    const left: string[] = [];
    for (const sessionId of ["test:a", "test:b"]) {
      const before = await harness.open();
      const { turnId, outcome } = await before.submit(harness.message("go", { sessionId }));
      outcome.catch(() => undefined);
      left.push(turnId);
      await until(harness, () => harness.provider.requests.length === left.length);
      await before.close();
    }
    const runtime = await harness.open();
    await runtime.recover();
    await until(harness, () => harness.provider.requests.length === 3);
    const [first = "", second = ""] = left;
    const followed = runtime.follow(second);
    expect(await runtime.cancel(second)).toBe(true);
    await harness.host.clock.advance(2_000);
    expect([(await runtime.turn(second))?.outcome?.status, (await runtime.turn(first))?.outcome]).toEqual(["cancelled", null]);
    expect((await followed?.outcome)?.status).toBe("cancelled");
  });

  it("it was claimed with its message and lost its place to one that came back", async () => {
    const [accepting, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    harness = await createRuntimeHarness({
      script: (_request, index) => (index === 0 ? callReply([{ name: "echo.append", arguments: { text: "x" } }]) : { stall: true }),
      agent: { maxConcurrentTurns: 1 },
      policy: { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) },
      store: (store) => ({
        ...store,
        accept: async (turn) => {
          const accepted = await store.accept(turn);
          if (turn.input.sessionId !== "test:b") return accepted;
          accepting.resolve();
          await held.promise;
          return accepted;
        },
      }),
    });
    const runtime = await harness.open();
    await runtime.submit(harness.message("go"));
    await until(harness, () => runtime.asks().length === 1);
    const submitting = runtime.submit(harness.message("go", { sessionId: "test:b" }));
    await accepting.promise;
    await runtime.answer(runtime.asks()[0]?.ask.askId ?? "", { decision: "allow" }, owner);
    await until(harness, () => harness.provider.requests.length === 2);
    held.resolve();
    const { turnId } = await submitting;
    await harness.host.clock.advance(1_000);
    expect([(await runtime.turn(turnId))?.status, harness.provider.requests.length]).toEqual(["running", 2]);
    expect(await runtime.cancel(turnId)).toBe(true);
    await harness.host.clock.advance(2_000);
    expect((await runtime.turn(turnId))?.outcome?.status).toBe("cancelled");
  });
});
