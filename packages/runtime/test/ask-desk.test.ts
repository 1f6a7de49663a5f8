import { describe, expect, it } from "vitest";
import type { Answer } from "@omni/agent";
import type { AskEvent, Principal, TurnInput } from "@omni/core";
import { OmniError } from "@omni/core";
import { createManualClock } from "@omni/testkit/fakes";
import { createAskDesk } from "../src/ask-desk.ts";

const asker: Principal = { id: "token:phone", scopes: ["chat"] };
const approver: Principal = { id: "owner", scopes: ["read", "chat", "approve", "admin"] };
const ask = (kind: AskEvent["kind"], expiresAt: number): AskEvent => ({ type: "ask", askId: "q1", kind, callId: "c", tool: "a.b", arguments: {}, digest: "d", reason: "", at: 0, expiresAt });
const input: TurnInput = { turnId: "t", sessionId: "http:a", text: "", principal: asker, autonomy: "supervised", workspace: "/w", origin: "http", interactive: true, at: 0 };

describe("createAskDesk", () => {
  const open = (kind: AskEvent["kind"] = "approval", parts: { remember?(): Promise<void>; record?(): Promise<void> } = {}) => {
    const clock = createManualClock();
    const remembered: string[] = [];
    const desk = createAskDesk(clock, async ({ digest }) => {
      await parts.remember?.();
      remembered.push(digest);
    });
    const stop = new AbortController();
    const recorded: Answer[] = [];
    const answer = desk.wait(ask(kind, clock.now() + 1_000), input, stop.signal, async (given) => {
      await parts.record?.();
      recorded.push(given);
    });
    answer.catch(() => undefined);
    return { clock, desk, stop, answer, recorded, remembered };
  };

  it("takes an approval from who may approve, once", async () => {
    const { desk, answer } = open();
    await expect(desk.answer("q1", { decision: "allow" }, asker)).rejects.toMatchObject({ code: "ask.forbidden" });
    const answers = await Promise.allSettled([desk.answer("q1", { decision: "allow" }, approver), desk.answer("q1", { decision: "deny" }, approver)]);
    expect(answers).toMatchObject([{ status: "fulfilled" }, { status: "rejected", reason: { code: "ask.not-found" } }]);
    expect(await answer).toEqual({ decision: "allow", by: "owner" });
    await expect(desk.answer("q1", { decision: "allow" }, approver)).rejects.toMatchObject({ code: "ask.not-found" });
    expect(desk.open()).toEqual([]);
  });

  it("takes a question's answer also from who began the turn, and only words", async () => {
    const { desk, answer } = open("question");
    await expect(desk.answer("q1", { decision: "allow" }, asker)).rejects.toMatchObject({ code: "request.invalid" });
    await desk.answer("q1", { answer: "blue" }, asker);
    expect(await answer).toEqual({ decision: "allow", answer: "blue", by: "token:phone" });
  });

  it("says that it took an answer when that is on the record, and lets nobody and no time come between", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { clock, desk, answer, recorded } = open("approval", { record: () => promise });
    let isTold = false;
    const answering = desk.answer("q1", { decision: "allow" }, approver).then(() => (isTold = true));
    await clock.advance(1_000);
    expect([isTold, desk.open(), recorded]).toEqual([false, [], []]);
    resolve();
    await answering;
    expect(recorded).toEqual([{ decision: "allow", by: "owner" }]);
    expect(await answer).toEqual({ decision: "allow", by: "owner" });
  });

  it("takes no answer that cannot be recorded, and says that it may be given again", async () => {
    const { desk } = open("approval", { record: () => Promise.reject(new Error("nobody reads these events any more")) });
    await expect(desk.answer("q1", { decision: "allow" }, approver)).rejects.toMatchObject({ code: "store.busy", retryable: true });
  });

  it("keeps nothing of an ask whose answer could not be recorded, so that it may be put again", async () => {
    const { clock, desk, stop, answer } = open("question", { record: () => Promise.reject(new Error("nobody reads these events any more")) });
    await expect(desk.answer("q1", { answer: "blue" }, asker)).rejects.toMatchObject({ code: "store.busy" });
    await expect(answer).rejects.toMatchObject({ code: "store.busy" });
    expect([desk.open(), clock.pending]).toEqual([[], 0]);
    const again = desk.wait(ask("question", clock.now() + 1_000), input, stop.signal, async () => undefined);
    await desk.answer("q1", { answer: "blue" }, asker);
    expect((await again).answer).toBe("blue");
  });

  it("remembers what is allowed for good before the call is let go, and leaves the ask open where it cannot", async () => {
    let isFull = true;
    const { desk, answer, recorded, remembered } = open("approval", { remember: async () => (isFull ? Promise.reject(new OmniError("store.full", "no room")) : undefined) });
    await expect(desk.answer("q1", { decision: "always" }, asker)).rejects.toMatchObject({ code: "ask.forbidden" });
    await expect(desk.answer("q1", { decision: "always" }, approver)).rejects.toMatchObject({ code: "store.full" });
    expect([desk.open().length, recorded]).toEqual([1, []]);
    isFull = false;
    await desk.answer("q1", { decision: "always" }, approver);
    expect([await answer, remembered]).toEqual([{ decision: "always", by: "owner" }, ["d"]]);
  });

  it("takes silence for a no when the time is over", async () => {
    const { clock, answer } = open();
    await clock.advance(1_000);
    expect(await answer).toEqual({ decision: "deny", by: "timeout" });
  });

  it("closes the ask when the turn is stopped, and leaves no timer", async () => {
    const { clock, desk, stop, answer } = open();
    let changes = 0;
    desk.onChange(() => (changes += 1));
    stop.abort(new Error("stopped"));
    await expect(answer).rejects.toThrow("stopped");
    expect(desk.open()).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(changes).toBe(1);
  });
});
