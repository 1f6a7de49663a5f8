import type { DurableEvent, OutboxRow, Store, TurnInput } from "@omni/core";
import { createFakeHost, createMapStorePlace } from "@omni/testkit/fakes";
import { beforeEach, describe, expect, it } from "vitest";
import type { MapStorePlace } from "@omni/testkit/fakes";
import { settleCopy } from "../../src/state-backup/settle-copy.ts";

const madeAt = "2026-01-02T03:04:05.678Z";

let place: MapStorePlace;
let store: Store;
beforeEach(async () => {
  place = createMapStorePlace();
  store = await place.open();
});

function toInput(turnId: string, more: Partial<TurnInput> = {}): TurnInput {
  return { turnId, sessionId: "talk:one", text: "do it", principal: { id: "owner", scopes: ["chat"] }, autonomy: "full", workspace: "/", origin: "talk", conversation: "one", interactive: true, at: 1, ...more };
}

/** Accepts a turn; with events it is claimed, as by a process that has died since. */
async function leave(turnId: string, events: readonly DurableEvent[] | undefined, more: Partial<TurnInput> = {}): Promise<void> {
  await store.accept({ input: toInput(turnId, more), channel: "talk", platformId: turnId, queueLimit: 100 });
  if (events === undefined) return;
  const gone = await store.join({ kind: "gateway", pid: 1 });
  const claim = await store.claim(turnId, gone.id);
  if (claim.result !== "claimed") throw new Error(`${turnId} is ${claim.result}`);
  await store.append(turnId, claim.fence, events);
  await gone.leave();
}

const start = (turnId: string): DurableEvent => ({ type: "turn-start", turnId, sessionId: "talk:one", attempt: 1, at: 1 });
const call: DurableEvent = { type: "tool-call", callId: "c1", round: 1, index: 0, name: "shell.run", arguments: {}, effect: "once", idempotencyKey: "c1", at: 2 };
const ask: DurableEvent = { type: "ask", askId: "a1", kind: "approval", callId: "c1", tool: "shell.run", arguments: {}, digest: "d", reason: "r", at: 3, expiresAt: 9e15 };

function row(id: string, turnId: string, channel: string, change: Partial<OutboxRow> = {}): OutboxRow {
  return { id, turnId, part: 0, channel, conversation: "one", kind: "final", body: id, state: "pending", receipt: null, attempts: 0, ...change };
}

const settle = (channels: readonly string[] = []): ReturnType<typeof settleCopy> => settleCopy(store, { host: createFakeHost(), channels, madeAt, pid: 7 });

describe("what was under way when a copy was made", () => {
  it("ends as failed and says why: turns that waited, ran, or asked, in every session", async () => {
    await leave("t1", [start("t1"), call]);
    await leave("t2", undefined);
    await leave("t3", [{ ...start("t3"), sessionId: "talk:two" } as DurableEvent, call, ask], { sessionId: "talk:two", conversation: "two" });
    expect(await settle()).toEqual({ turns: 3, messages: 0 });
    expect(await store.unfinished()).toEqual([]);
    for (const turnId of ["t1", "t2", "t3"]) {
      expect((await store.turn(turnId))?.outcome).toMatchObject({ status: "failed", output: "", error: { code: "turn.attempts", message: expect.stringContaining(madeAt) } });
    }
    expect(await store.check()).toMatchObject({ ok: true });
  });

  it("is run by nobody: a call without a result is of unknown fate, and no model is asked", async () => {
    await leave("t1", [start("t1"), call]);
    await settle();
    const events = await store.events("t1");
    expect(events.filter((event) => event.type === "tool-result")).toMatchObject([{ callId: "c1", status: "unknown" }]);
    expect(events.some((event) => event.type === "model-call")).toBe(false);
  });

  it("is told once to each conversation that waits for an answer", async () => {
    await leave("t1", undefined);
    await leave("t2", undefined, { sessionId: "cli:default", origin: "cli" });
    await settle();
    expect(await store.outbox("talk", 10)).toMatchObject([{ turnId: "t1", kind: "notice", state: "pending", body: expect.stringContaining("not done again") }]);
  });

  it("is not sent again: what waited, or was being sent, is unknown from then on, also of a channel that is configured no more", async () => {
    await leave("t1", [start("t1")]);
    const me = await store.join({ kind: "gateway", pid: 1 });
    const claim = await store.claim("t1", me.id);
    const end: DurableEvent = { type: "turn-end", status: "completed", sessionId: "talk:one", turnId: "t1", output: "", rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error: null, tokens: 0, at: 4 };
    if (claim.result === "claimed") await store.append("t1", claim.fence, [end], [row("o1", "t1", "talk"), row("o2", "t1", "talk", { state: "sending", attempts: 1 }), row("o3", "t1", "other")]);
    await me.leave();
    expect(await settle(["other"])).toEqual({ turns: 0, messages: 3 });
    expect([...place.state.outbox.values()].map((each) => [each.row.id, each.row.state])).toEqual([["o1", "unknown"], ["o2", "unknown"], ["o3", "unknown"]]);
    for (const channel of ["talk", "other"]) expect(await store.outbox(channel, 10)).toEqual([]);
  });

  it("is nothing where all had ended", async () => {
    expect(await settle(["talk"])).toEqual({ turns: 0, messages: 0 });
  });
});
