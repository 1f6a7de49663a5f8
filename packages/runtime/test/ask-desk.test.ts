import { describe, expect, it } from "vitest";
import type { AskEvent, Principal, TurnInput } from "@omni/core";
import { createManualClock } from "@omni/testkit/fakes";
import { createAskDesk } from "../src/ask-desk.ts";

const asker: Principal = { id: "token:phone", scopes: ["chat"] };
const approver: Principal = { id: "owner", scopes: ["read", "chat", "approve", "admin"] };
const ask = (kind: AskEvent["kind"], expiresAt: number): AskEvent => ({ type: "ask", askId: "q1", kind, callId: "c", tool: "a.b", arguments: {}, digest: "d", reason: "", at: 0, expiresAt });
const input: TurnInput = { turnId: "t", sessionId: "http:a", text: "", principal: asker, autonomy: "supervised", workspace: "/w", origin: "http", interactive: true, at: 0 };

describe("createAskDesk", () => {
  const open = (kind: AskEvent["kind"] = "approval") => {
    const clock = createManualClock();
    const desk = createAskDesk(clock);
    const stop = new AbortController();
    const answer = desk.wait(ask(kind, clock.now() + 1_000), input, stop.signal);
    answer.catch(() => undefined);
    return { clock, desk, stop, answer };
  };

  it("takes an approval from who may approve, once", async () => {
    const { desk, answer } = open();
    expect(() => desk.answer("q1", { decision: "allow" }, asker)).toThrow(expect.objectContaining({ code: "ask.forbidden" }));
    desk.answer("q1", { decision: "allow" }, approver);
    expect(await answer).toEqual({ decision: "allow", by: "owner" });
    expect(() => desk.answer("q1", { decision: "allow" }, approver)).toThrow(expect.objectContaining({ code: "ask.not-found" }));
    expect(desk.open()).toEqual([]);
  });

  it("takes a question's answer also from who began the turn, and only words", async () => {
    const { desk, answer } = open("question");
    expect(() => desk.answer("q1", { decision: "allow" }, asker)).toThrow(expect.objectContaining({ code: "request.invalid" }));
    desk.answer("q1", { answer: "blue" }, asker);
    expect(await answer).toEqual({ decision: "allow", answer: "blue", by: "token:phone" });
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
