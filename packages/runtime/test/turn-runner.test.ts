import { afterEach, describe, expect, it } from "vitest";
import type { DurableEvent, ModelReplyEvent, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { textReply } from "@omni/testkit/fakes";
import type { RuntimeHarness, RuntimeHarnessOptions } from "./runtime-harness.ts";
import { createRuntimeHarness, owner, until } from "./runtime-harness.ts";

let harness: RuntimeHarness | undefined;
const make = async (options?: RuntimeHarnessOptions): Promise<RuntimeHarness> => (harness = await createRuntimeHarness(options));
afterEach(() => harness?.dispose());

const start = (attempt: number): DurableEvent => ({ type: "turn-start", turnId: "t", sessionId: "test:a", attempt, at: 0 });
/** An empty reply gets a turn somewhere and does not end it. */
const reply: ModelReplyEvent = { type: "model-reply", round: 1, text: "", reasoning: "", calls: [], finish: "stop", usage: { inputTokens: 0, outputTokens: 0, reported: false }, at: 0 };

/** A turn that lived once for each of these, and left that on its record before its process was killed; what the next start makes of it. */
async function endAfter(lives: readonly (readonly DurableEvent[])[]): Promise<string | undefined> {
  const made = await make({ script: async () => textReply("after all") });
  const { store } = await made.open();
  const input = { turnId: "t", sessionId: "test:a", text: "go", principal: owner, autonomy: "full" as const, workspace: made.host.paths.workspace, origin: "test", interactive: false, at: 0 };
  await store.accept({ input, channel: "test", platformId: "t", queueLimit: 10 });
  for (const left of lives) await live(store, left);
  const next = await made.open();
  await next.recover();
  await until(made, async () => (await next.turn("t"))?.outcome != null);
  const outcome = (await next.turn("t"))?.outcome;
  return outcome?.error?.code ?? outcome?.output;
}

async function live(store: Store, left: readonly DurableEvent[]): Promise<void> {
  const instance = await store.join({ kind: "test", pid: 1 });
  const claim = await store.claim("t", instance.id);
  if (claim.result !== "claimed") throw new OmniError("internal", `not claimed: ${claim.result}`);
  if (left.length > 0) await store.append("t", claim.fence, left);
  await instance.leave();
}

describe("the attempts at a turn since it last got somewhere", () => {
  it("leave out those before, also where they left no start on the record", async () => {
    expect(await endAfter([[], [], [start(3), reply], []])).toBe("after all");
  });

  it("are not fewer where one life took the turn up again", async () => {
    expect(await endAfter([[start(1), start(1), reply], [start(2)], [start(3)]])).toBe("after all");
    expect(await endAfter([[start(1), start(1), reply], [start(2)], [start(3)], [start(4)]])).toBe("turn.attempts");
  });
});

describe("a turn that could not be claimed at first", () => {
  it("is run where the store gave it to this process and only the word of that was lost", async () => {
    let isLost = false;
    const made = await make({
      script: [textReply("in the end")],
      store: (store) => ({
        ...store,
        claim: async (...given) => {
          const claim = await store.claim(...given);
          if (isLost) return claim;
          isLost = true;
          throw new OmniError("store.failed", "The connection was cut.");
        },
      }),
    });
    const runtime = await made.open();
    const turn = await runtime.submit(made.message("go"));
    await until(made, async () => (await runtime.turn(turn.turnId))?.outcome != null);
    expect((await turn.outcome).output).toBe("in the end");
  });

  it("is not ended with that by what holds it up later", async () => {
    const failures = { claim: 3, turns: 0 };
    const made = await make({
      script: [textReply("in the end")],
      store: (store) => ({
        ...store,
        claim: async (...given) => {
          if (failures.claim > 0) {
            failures.claim -= 1;
            throw new OmniError("home.unwritable", "The home cannot be written.");
          }
          failures.turns = 1;
          return store.claim(...given);
        },
        turns: async (...given) => {
          if (failures.turns > 0) {
            failures.turns -= 1;
            throw new OmniError("store.busy", "locked", { retryable: true });
          }
          return store.turns(...given);
        },
      }),
    });
    const runtime = await made.open();
    const turn = await runtime.submit(made.message("go", { mode: "steer" }));
    turn.outcome.catch(() => undefined);
    await until(made, async () => (await runtime.turn(turn.turnId))?.outcome != null);
    expect([(await runtime.turn(turn.turnId))?.outcome, failures]).toEqual([expect.objectContaining({ status: "completed", output: "in the end" }), { claim: 0, turns: 0 }]);
  });
});
