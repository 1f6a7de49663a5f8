import { describe, expect, it } from "vitest";
import type { DurableEvent, TurnInput, TurnOutcome, TurnRecord } from "@omni/core";
import { createJoinedTurns } from "../src/joined-turn.ts";
import { owner } from "./runtime-harness.ts";

const toId = (index: number): string => `t${String(index).padStart(4, "0")}`;

function toInput(index: number): TurnInput {
  return { turnId: toId(index), sessionId: "test:a", text: "x", principal: owner, autonomy: "full", workspace: "/", origin: "test", interactive: true, mode: "collect", at: 10 };
}

function toOutcome(index: number): TurnOutcome {
  return { status: "completed", sessionId: "test:a", turnId: toId(index), output: `of ${index}`, rounds: 1, toolCalls: [{ name: "x", status: "completed" }], usage: { inputTokens: 1, outputTokens: 1 }, error: null };
}

/** A session in which the turn 0 took in all that came after it. */
function openSession(count: number, { endedAt = 20 }: { readonly endedAt?: number } = {}): { readonly joined: () => ReturnType<typeof createJoinedTurns>; readonly reads: () => number } {
  let reads = 0;
  const record = (index: number): TurnRecord => ({ input: toInput(index), status: "completed", attempts: 1, owner: null, ownerAlive: false, startedAt: 11, endedAt, outcome: toOutcome(index) }) as unknown as TurnRecord;
  const steers: DurableEvent[] = Array.from({ length: count }, (_, index) => ({ type: "steer", round: 0, text: "x", turnId: toId(index + 1), at: 12 }));
  const store = {
    async turns(_sessionId: string, { limit, before = "~" }: { readonly limit: number; readonly before?: string }) {
      const all = Array.from({ length: count + 1 }, (_, index) => record(index)).filter(({ input }) => input.turnId < before);
      return all.toReversed().slice(0, limit);
    },
    async events(turnId: string) {
      reads += 1;
      return turnId === toId(0) ? steers : [];
    },
  };
  return { joined: () => createJoinedTurns(store), reads: () => reads };
}

describe("a message that an earlier turn took in", () => {
  it("is found by a process that knows nothing yet, however many came between", async () => {
    const { joined } = openSession(300);
    expect(await joined().find(toInput(300))).toEqual({ ...toOutcome(0), turnId: toId(300), rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 } });
  });

  it("is found with one look at each turn, however many messages wait", async () => {
    const { joined, reads } = openSession(300);
    const turns = joined();
    for (let index = 1; index <= 300; index += 1) expect((await turns.find(toInput(index)))?.output).toBe("of 0");
    expect(reads()).toBe(300);
  });

  it("is found where the clock was set back between the two", async () => {
    const { joined } = openSession(5, { endedAt: 3 });
    expect((await joined().find(toInput(5)))?.output).toBe("of 0");
  });

  it("is looked for in the newest turns alone where they all ended before it", async () => {
    const { joined, reads } = openSession(300, { endedAt: 3 });
    expect(await joined().find(toInput(300))).toBeUndefined();
    expect(reads()).toBe(32);
  });

  it("is found again until its own ending is written", async () => {
    const turns = openSession(3).joined();
    for (let times = 0; times < 2; times += 1) expect((await turns.find(toInput(2)))?.output).toBe("of 0");
    turns.forget(toInput(2));
    expect(await turns.find(toInput(2))).toBeUndefined();
    expect((await turns.find(toInput(3)))?.output).toBe("of 0");
  });

  it("is none where no turn took it, or where it would not have joined one", async () => {
    const { joined } = openSession(3);
    const turns = joined();
    expect(await turns.find(toInput(9))).toBeUndefined();
    expect(await turns.find({ ...toInput(2), mode: "queue" })).toBeUndefined();
  });
});
