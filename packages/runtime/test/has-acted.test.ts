import { describe, expect, it } from "vitest";
import type { DurableEvent, QueueMode, TurnRecord } from "@omni/core";
import { hasActed } from "../src/has-acted.ts";

interface Told {
  readonly id: string;
  readonly mode?: QueueMode;
  readonly events: readonly DurableEvent[];
}

const toCall = (effect: "read" | "keyed" | "once"): DurableEvent => ({ type: "tool-call", callId: "c", round: 1, index: 0, name: "x", arguments: {}, effect, idempotencyKey: "k", at: 1 });
const steer = (turnId: string): DurableEvent => ({ type: "steer", round: 1, text: "and this", turnId, at: 1 });

/** A store with these failed turns, in their order. */
function toStore(turns: readonly Told[]): Parameters<typeof hasActed>[1] {
  const records = turns.map(({ id, mode = "steer" }) => ({ input: { turnId: id, sessionId: "s", mode, at: 10 }, endedAt: 20, outcome: { status: "failed" } }) as unknown as TurnRecord);
  return {
    turn: async (id) => records.find(({ input }) => input.turnId === id),
    turns: async (_session, { before = "~" }) => records.filter(({ input }) => input.turnId < before).toReversed(),
    events: async (id) => turns.find((turn) => turn.id === id)?.events ?? [],
  };
}

describe("whether a turn has acted", () => {
  it.each([
    ["nothing", [], false],
    ["a read", [toCall("read")], false],
    ["a keyed call", [toCall("read"), toCall("keyed")], true],
    ["a call that is made once", [toCall("once")], true],
  ])("follows from its calls: %s", async (_name, events, acted) => {
    expect(await hasActed("t1", toStore([{ id: "t1", events }]))).toBe(acted);
  });

  it("is what the turn did that took its message in", async () => {
    const host: Told = { id: "t1", events: [toCall("once"), steer("t3")] };
    const between: Told = { id: "t2", events: [toCall("once")] };
    expect(await hasActed("t3", toStore([host, between, { id: "t3", events: [] }]))).toBe(true);
    expect(await hasActed("t3", toStore([{ ...host, events: [toCall("read"), steer("t3")] }, between, { id: "t3", events: [] }]))).toBe(false);
  });

  it("is false for one that nobody took in, whatever ran before it, and for one that is not known", async () => {
    const before: Told = { id: "t1", events: [toCall("once")] };
    expect(await hasActed("t2", toStore([before, { id: "t2", events: [] }]))).toBe(false);
    expect(await hasActed("t2", toStore([{ ...before, events: [toCall("once"), steer("t2")] }, { id: "t2", mode: "queue", events: [] }]))).toBe(false);
    expect(await hasActed("t9", toStore([before]))).toBe(false);
  });
});
