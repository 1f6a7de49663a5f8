import { describe, expect, it } from "vitest";
import type { DurableEvent, TurnRecord } from "@omni/core";
import { findSuspects, toFruitlessAttempts } from "../src/interruptions.ts";

const start = (attempt: number): DurableEvent => ({ type: "turn-start", turnId: "t", sessionId: "cli:t", attempt, at: 0 });
const park = (attempt: number): DurableEvent => ({ type: "park", attempt, at: 0 });
const reply: DurableEvent = { type: "model-reply", round: 1, text: "", reasoning: "", calls: [], finish: "stop", usage: { inputTokens: 0, outputTokens: 0, reported: false }, at: 0 };

describe("fruitless attempts", () => {
  it.each([
    ["of a turn that is begun for the first time", 1, [], 1],
    ["of one that was interrupted twice", 3, [start(1), start(2)], 3],
    ["count from where it last got somewhere", 4, [start(1), start(2), reply, start(3)], 2],
    ["are none that ended in good order", 4, [start(1), park(1), park(2), start(3), park(3)], 1],
    ["are not excused by an end in good order that lies before its progress", 4, [start(1), park(1), start(2), reply, start(3)], 2],
    ["are excused once by one that was noted twice", 3, [start(1), park(1), park(1), start(2)], 2],
  ] as const)("%s", (_what, attempt, events, count) => {
    expect(toFruitlessAttempts({ attempt, events })).toBe(count);
  });
});

describe("suspects", () => {
  const left = (turnId: string, attempts: number): TurnRecord => {
    const input = { turnId, sessionId: `cli:${turnId}`, text: "", principal: { id: "owner", scopes: [] }, autonomy: "full", workspace: "/", origin: "cli", interactive: false, at: 0 } as const;
    return { input, status: "running", owner: "dead", ownerAlive: false, fence: attempts, attempts, startedAt: 0, endedAt: null, outcome: null };
  };

  it("are the turns whose process ended twice without saying so, in their order; no other is read", async () => {
    const events: Readonly<Record<string, readonly DurableEvent[]>> = { c: [start(1), start(2)], d: [start(1), park(1), start(2)], e: [start(1), park(1), start(2), start(3)] };
    const read: string[] = [];
    const store = { events: async (turnId: string) => (read.push(turnId), events[turnId] ?? []) };
    expect(await findSuspects([left("a", 0), left("b", 1), left("c", 2), left("d", 2), left("e", 3)], store)).toEqual(["c", "e"]);
    expect(read).toEqual(["c", "d", "e"]);
  });
});
