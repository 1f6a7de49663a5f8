import { describe, expect, it } from "vitest";
import { createSuspectLine, isLastingProgress } from "../src/suspect-line.ts";

describe("progress that lasts", () => {
  it("is what is on the disk when it is told: no reply, which waits for its calls, and no result of a call that only reads", () => {
    const result = { type: "tool-result", callId: "r1c0", round: 1, index: 0, name: "a.b", status: "completed", content: [], at: 0 } as const;
    const reply = { type: "model-reply", round: 1, text: "", reasoning: "", calls: [], finish: "stop", usage: { inputTokens: 0, outputTokens: 0, reported: false }, at: 0 } as const;
    expect([reply, { ...result, effect: "read" as const }, { ...result, effect: "once" as const }].map(isLastingProgress)).toEqual([false, false, true]);
  });
});

describe("the line of suspects", () => {
  it("holds up nobody who is alone in it or is not in it", async () => {
    const line = createSuspectLine();
    line.enter(["a"]);
    expect(["a", "b"].map(line.isHeld)).toEqual([false, false]);
    await line.wait("a", new AbortController().signal);
    await line.wait("b", new AbortController().signal);
  });

  it("lets suspects go one after another, each when the one before has got somewhere", async () => {
    const line = createSuspectLine();
    line.enter(["a", "b", "c"]);
    const gone: string[] = [];
    const all = ["c", "b", "a", "d"].map((turnId) => line.wait(turnId, new AbortController().signal).then(() => gone.push(turnId)));
    await Promise.all(all.slice(2));
    expect(gone.toSorted()).toEqual(["a", "d"]);
    expect(line.isHeld("b") && line.isHeld("c")).toBe(true);
    line.pass("a");
    line.pass("a");
    await all[1];
    expect(line.isHeld("c")).toBe(true);
    line.pass("b");
    await Promise.all(all);
    expect(gone.slice(-2)).toEqual(["b", "c"]);
  });

  it("is left by one that is stopped, and moves on when one in its middle ends", async () => {
    const line = createSuspectLine();
    line.enter(["a", "b", "c"]);
    const stop = new AbortController();
    const waiting = line.wait("b", stop.signal);
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    line.pass("b");
    line.pass("a");
    await line.wait("c", new AbortController().signal);
  });
});
