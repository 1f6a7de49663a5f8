import { describe, expect, it } from "vitest";
import type { DurableEvent, TurnOutcome, TurnRecord } from "@omni/core";
import { toLastTurn } from "../src/last-turn.ts";

const prompt: DurableEvent = { type: "prompt", blocks: [], recalled: ["m1"], historyFrom: null, text: "x" };
const call: DurableEvent = { type: "model-call", round: 1, estimatedTokens: 7, budgetTokens: 9, classes: { identity: 7, tools: 0, summary: 0, window: 0, recalled: 0, message: 0, rounds: 0 }, at: 1 };

/** A session of these turns, the newest first; one that has not ended is told by `open`. */
function openSession(turns: readonly { readonly events: readonly DurableEvent[]; readonly open?: boolean; readonly ended?: Partial<TurnOutcome> }[]): { readonly store: Parameters<typeof toLastTurn>[1]; readonly reads: () => number } {
  let reads = 0;
  const records = turns.map(({ open = false, ended = { status: "completed", output: "done" } }, index) => ({ input: { turnId: `t${index}` }, outcome: open ? null : ended }) as TurnRecord);
  return {
    reads: () => reads,
    store: {
      turns: async (_sessionId, { limit }) => records.slice(0, limit),
      async events(turnId) {
        reads += 1;
        return turns[Number(turnId.slice(1))]?.events ?? [];
      },
    },
  };
}

describe("the newest turn that was answered", () => {
  it("is the one before those that were taken in, cancelled while they waited, or have not ended", async () => {
    const { store } = openSession([{ events: [prompt], open: true }, { events: [] }, { events: [] }, { events: [prompt, call] }, { events: [prompt] }]);
    expect(await toLastTurn("test:a", store)).toMatchObject({ turnId: "t3", sessionId: "test:a", ids: ["m1"], request: { estimatedTokens: 7 } });
  });

  it.each(["failed", "cancelled"] as const)("is the one before those that %s without a word; the newest request is theirs", async (status) => {
    const ended = { status, output: "" };
    const { store } = openSession([{ events: [prompt], ended }, { events: [prompt, { ...call, estimatedTokens: 8 }], ended }, { events: [prompt, call] }]);
    expect(await toLastTurn("test:a", store)).toMatchObject({ turnId: "t2", request: { estimatedTokens: 8 } });
    expect(await toLastTurn("test:a", openSession([{ events: [prompt, call], ended }]).store)).toBeUndefined();
  });

  it("is found with one look where it is the newest", async () => {
    const { store, reads } = openSession([{ events: [prompt] }, { events: [prompt] }]);
    expect(await toLastTurn("test:a", store)).toEqual({ turnId: "t0", sessionId: "test:a", ids: ["m1"] });
    expect(reads()).toBe(1);
  });

  it("is none where none was answered, and is looked for among the newest alone", async () => {
    expect(await toLastTurn("test:a", openSession([{ events: [] }]).store)).toBeUndefined();
    const { store, reads } = openSession([...Array.from({ length: 500 }, () => ({ events: [] })), { events: [prompt] }]);
    expect(await toLastTurn("test:a", store)).toBeUndefined();
    expect(reads()).toBe(64);
  });
});
