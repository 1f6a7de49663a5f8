import { describe, expect, it } from "vitest";
import type { DurableEvent, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { createFakeHost } from "@omni/testkit/fakes";
import type { TurnRecorder } from "../src/turn-recorder.ts";
import { createTurnRecorder } from "../src/turn-recorder.ts";

const start: DurableEvent = { type: "turn-start", turnId: "t", sessionId: "s", attempt: 1, at: 1 };
const asked: DurableEvent = { type: "model-call", round: 1, estimatedTokens: 1, budgetTokens: 2, classes: { identity: 0, tools: 0, recalled: 0, summary: 0, window: 0, rounds: 0, message: 0 }, at: 1 };
const reply: DurableEvent = { type: "model-reply", round: 1, text: "", reasoning: "", calls: [], finish: "stop", usage: { inputTokens: 0, outputTokens: 0, reported: true }, at: 1 };
const step: DurableEvent = { type: "step", callId: "c", name: "one", value: null };

/** A recorder over a store whose appends wait until they are let through. */
function createSlowRecorder(): { readonly recorder: TurnRecorder; readonly appends: { readonly types: readonly string[]; settle(error?: Error): void }[] } {
  const appends: { readonly types: readonly string[]; settle(error?: Error): void }[] = [];
  const append: Store["append"] = (_turnId, _fence, events) =>
    new Promise((resolve, reject) => {
      appends.push({ types: events.map((event) => event.type), settle: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  const { clock, log } = createFakeHost();
  const life = new AbortController();
  const turn = { turnId: "t", signal: life.signal, parking: life.signal, heldUp: () => undefined };
  return { recorder: createTurnRecorder(turn, 1, { store: { append } as Store, clock, log }), appends };
}

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const isSettled = async (promise: Promise<void>): Promise<boolean> => Promise.race([promise.then(() => true), settle().then(() => false)]);

describe("createTurnRecorder", () => {
  it("has a model asked while that is written, with all that led to it", async () => {
    const { recorder, appends } = createSlowRecorder();
    await recorder.record(start);
    expect(appends).toEqual([]);
    await recorder.record(asked);
    expect(appends.map(({ types }) => types)).toEqual([["turn-start", "model-call"]]);
  });

  it("goes on after the reply only when both are on disk, in their order", async () => {
    const { recorder, appends } = createSlowRecorder();
    await recorder.record(asked);
    await recorder.record(reply);
    const recording = recorder.record(step);
    expect([await isSettled(recording), appends.length]).toEqual([false, 1]);
    appends[0]?.settle();
    await settle();
    expect([await isSettled(recording), appends.map(({ types }) => types)]).toEqual([false, [["model-call"], ["model-reply", "step"]]]);
    appends[1]?.settle();
    await recording;
  });

  it("tells with the next event that it could not be written, and writes nothing behind it", async () => {
    const { recorder, appends } = createSlowRecorder();
    await recorder.record(asked);
    appends[0]?.settle(new OmniError("store.fenced", "Another process has it."));
    await expect(recorder.record(step)).rejects.toMatchObject({ code: "store.fenced" });
    expect(appends).toHaveLength(1);
  });
});
