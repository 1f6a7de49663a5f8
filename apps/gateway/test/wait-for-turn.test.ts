import { describe, expect, it } from "vitest";
import type { TurnOutcome } from "@omni/core";
import type { OpenAsk, TurnHandle } from "@omni/runtime";
import { waitForTurn } from "../src/wait-for-turn.ts";

function handleOn(outcome: TurnHandle["outcome"]): TurnHandle {
  return { turnId: "t1", sessionId: "http:default", isRepeat: false, isCommand: false, outcome, events: async function* () {} };
}

function askOf(turnId: string, sessionId = "http:default"): OpenAsk {
  const ask = { type: "ask", askId: `ask-${turnId}`, kind: "question", callId: "c", tool: "t", arguments: {}, digest: "", reason: "", at: 0, expiresAt: 1 } as const;
  return { ask, turnId, sessionId, requester: "me" };
}

/** A desk with these asks open that counts who watches it. */
function deskWith(open: readonly OpenAsk[] = []): { asks(): readonly OpenAsk[]; onAsks(changed: () => void): () => void; readonly watchers: Set<() => void> } {
  const watchers = new Set<() => void>();
  return {
    watchers,
    asks: () => open,
    onAsks(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
}

const never = new Promise<never>(() => undefined);

describe("waitForTurn", () => {
  it("sees an ask that was open before it looked, and none of another turn", async () => {
    const wait = await waitForTurn(handleOn(never), deskWith([askOf("t2"), askOf("t1")]), new AbortController().signal);
    expect(wait).toEqual({ kind: "waiting", asks: [askOf("t1")] });
  });

  it("waits no longer behind a turn of its session that asks, and for no other session", async () => {
    const open = [askOf("t2", "http:other")];
    const desk = deskWith(open);
    const wait = waitForTurn(handleOn(never), desk, new AbortController().signal);
    const told = (): Promise<unknown> => Promise.race([wait, new Promise((resolve) => void setImmediate(resolve, "nothing"))]);
    expect(await told()).toBe("nothing");
    open.push(askOf("t3"));
    for (const changed of desk.watchers) changed();
    expect([await told(), desk.watchers.size]).toEqual([{ kind: "queued" }, 0]);
  });

  it("hears the end of a turn that has ended before the next one asks", async () => {
    const outcome: TurnOutcome = { status: "completed", sessionId: "http:default", turnId: "t1", output: "", rounds: 1, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error: null };
    expect(await waitForTurn(handleOn(Promise.resolve(outcome)), deskWith([askOf("t2")]), new AbortController().signal)).toEqual({ kind: "ended", outcome });
  });

  it("leaves with a client that has gone, and watches nothing any more", async () => {
    const desk = deskWith([askOf("t1")]);
    expect(await waitForTurn(handleOn(never), desk, AbortSignal.abort())).toEqual({ kind: "left" });
    expect(desk.watchers.size).toBe(0);
  });

  it("rejects as the turn does when it cannot be brought to its end", async () => {
    const desk = deskWith();
    await expect(waitForTurn(handleOn(Promise.reject(new Error("parked"))), desk, new AbortController().signal)).rejects.toThrow("parked");
    expect(desk.watchers.size).toBe(0);
  });
});
