import { describe, expect, test } from "vitest";
import type { DurableEvent, Store, ToolResultEvent, TurnOutcome, TurnRecord } from "@omni/core";
import { readTurnViews, toSessionLines, toSessionView, toToolCallViews } from "../src/session-view.ts";

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const usage = { inputTokens: 1, outputTokens: 1, reported: true };

const reply = (round: number, calls: readonly (readonly [name: string, args: string])[]): DurableEvent => ({
  type: "model-reply",
  round,
  text: "",
  reasoning: "",
  calls: calls.map(([name, args], index) => ({ id: String(index), name, arguments: args })),
  finish: "stop",
  usage,
  at,
});

const call = (round: number, index: number, args: Record<string, string>): DurableEvent => ({
  type: "tool-call",
  callId: `r${round}c${index}`,
  round,
  index,
  name: "files.read",
  arguments: args,
  effect: "read",
  idempotencyKey: "k",
  at,
});

const result = (round: number, index: number, status: ToolResultEvent["status"], text: string): DurableEvent => ({
  type: "tool-result",
  callId: `r${round}c${index}`,
  round,
  index,
  name: "files.read",
  status,
  content: [{ type: "text", text }],
  at,
});

const outcome = (turnId: string, output: string): TurnOutcome => ({
  status: "completed",
  sessionId: "cli:a",
  turnId,
  output,
  rounds: 1,
  toolCalls: [],
  usage: { inputTokens: 1, outputTokens: 1 },
  error: null,
});

const end = (turnId: string): DurableEvent => ({ type: "turn-end", ...outcome(turnId, "done"), tokens: 3, at });

const record = (turnId: string, ended = true): TurnRecord => ({
  input: { turnId, sessionId: "cli:a", text: `ask ${turnId}`, principal: { id: "owner", scopes: [] }, autonomy: "full", workspace: "/w", origin: "cli", interactive: false, at },
  status: ended ? "completed" : "queued",
  owner: null,
  ownerAlive: false,
  fence: 1,
  attempts: 1,
  startedAt: ended ? at : null,
  endedAt: ended ? at : null,
  outcome: ended ? outcome(turnId, `answer ${turnId}`) : null,
});

type Reading = Pick<Store, "session" | "sessions" | "slots" | "turns" | "events">;

/** A store of one session whose turns have the given ids, oldest first. */
function createReading(ids: readonly string[], events: readonly DurableEvent[] = []): Reading {
  const session = { sessionId: "cli:a", totalTurns: ids.length, totalToolCalls: 5, openTurns: 0, newestTurnId: ids.at(-1) ?? null, createdAt: at, updatedAt: at };
  return {
    session: async (id) => (id === "cli:a" ? session : undefined),
    sessions: async () => [session],
    slots: async (_, limit) => ids.slice(-limit).map((turnId) => ({ turnId, checkpointId: turnId, toolCalls: 1, tokens: 10, at })),
    turns: async (_, { limit, before }) => {
      const newest = ids.toReversed();
      const start = before === undefined ? 0 : newest.indexOf(before) + 1;
      return newest.slice(start, start + limit).map((id) => record(id));
    },
    events: async () => events,
  };
}

describe("toSessionView", () => {
  test("shows totals, what the window holds, and the newest turns oldest first", async () => {
    const view = await toSessionView(createReading(["1", "2", "3"]), "cli:a", { turns: 2 });
    expect(view?.stats).toEqual({ totalTurns: 3, totalToolCalls: 5, windowUsed: 3, tokens: 30 });
    expect(view?.turns.map((turn) => [turn.turnId, turn.user, turn.output, turn.status, turn.startedAt, turn.origin])).toEqual([
      ["2", "ask 2", "answer 2", "completed", "2026-01-02T03:04:05.006Z", "cli"],
      ["3", "ask 3", "answer 3", "completed", "2026-01-02T03:04:05.006Z", "cli"],
    ]);
  });

  test("shows what was said beside calls, and the output once", async () => {
    const said: DurableEvent = { ...reply(1, [["files.read", "{}"]]), text: "I look first." } as DurableEvent;
    const last: DurableEvent = { ...reply(2, []), text: "answer 1" } as DurableEvent;
    expect((await toSessionView(createReading(["1"], [said, last, end("1")]), "cli:a"))?.turns[0]).toMatchObject({ said: ["I look first."], output: "answer 1" });
    expect((await toSessionView(createReading(["1"], [last, end("1")]), "cli:a"))?.turns[0]).not.toHaveProperty("said");
  });

  test("counts no more slots than the window holds", async () => {
    expect((await toSessionView(createReading(["1", "2", "3"]), "cli:a", { windowCapacity: 2 }))?.stats).toMatchObject({ windowUsed: 2, tokens: 20 });
  });

  test("is undefined for a session that is not there", async () => {
    expect(await toSessionView(createReading([]), "cli:b")).toBeUndefined();
  });
});

describe("readTurnViews", () => {
  test("gives every turn once, oldest first, over many pages", async () => {
    const ids = Array.from({ length: 450 }, (_, index) => String(index));
    const views = await Array.fromAsync(readTurnViews(createReading(ids), "cli:a"));
    expect(views.map((view) => view.turnId)).toEqual(ids);
  });

  test("gives nothing for a session without turns", async () => {
    expect(await Array.fromAsync(readTurnViews(createReading([]), "cli:a"))).toEqual([]);
  });
});

describe("toSessionLines", () => {
  test("shows the numbers of each session", async () => {
    expect(await toSessionLines(createReading(["1"]), { limit: 10 })).toEqual([{ sessionId: "cli:a", turns: 1, toolCalls: 5, updatedAt: "2026-01-02T03:04:05.006Z" }]);
  });
});

describe("toToolCallViews", () => {
  test("keeps the order in which the model asked, whatever ended first", () => {
    const events = [reply(1, [["files.read", "{}"], ["files.read", "{}"]]), call(1, 0, { path: "a" }), call(1, 1, { path: "b" }), result(1, 1, "completed", "B"), result(1, 0, "failed", "A"), reply(2, []), end("1")];
    expect(toToolCallViews(events)).toEqual([
      { name: "files.read", arguments: { path: "a" }, status: "failed", content: [{ type: "text", text: "A" }] },
      { name: "files.read", arguments: { path: "b" }, status: "completed", content: [{ type: "text", text: "B" }] },
    ]);
  });

  test("shows the arguments of a call that never started as they were written", () => {
    const events = [reply(1, [["files.read", '{"path":"a"}'], ["files.read", "{broken"], ["files.read", "[1]"]]), result(1, 0, "denied", "no")];
    expect(toToolCallViews(events).map((view) => [view.arguments, view.status])).toEqual([
      [{ path: "a" }, "denied"],
      [{ raw: "{broken" }, "running"],
      [{ raw: "[1]" }, "running"],
    ]);
  });

  test("calls one without a result unknown once its turn has ended", () => {
    expect(toToolCallViews([reply(1, [["files.read", "{}"]]), call(1, 0, {}), end("1")]).map((view) => view.status)).toEqual(["unknown"]);
  });
});
