import type { AnswerEvent, AskEvent, Clock, DurableEvent, Instance, NewTurn, OutboxRow, Store, ToolCallEvent, ToolResultEvent, TurnEndEvent, TurnInput } from "@omni/core";
import { expect } from "vitest";
import type { Create } from "./contract.ts";
import type { StorePlace } from "./store.ts";

/** Opens a store on the place of a case; every call as another process would. */
export type OpenStore = (clock?: Clock) => Promise<Store>;

/** Runs a case on a fresh place and closes every store it opened, whatever happens. */
export async function onPlace(create: Create<StorePlace>, body: (open: OpenStore) => Promise<void>): Promise<void> {
  const place = await create();
  const stores: Store[] = [];
  try {
    await body(async (clock) => {
      const store = await place.open(clock);
      stores.push(store);
      return store;
    });
  } finally {
    for (const store of stores) await store.close();
    await place.dispose();
  }
}

/** What a case may say of a message. */
export interface TurnSketch extends Partial<Omit<NewTurn, "input">> {
  readonly sessionId?: string;
  readonly input?: Partial<TurnInput>;
}

/** A message; its platform id is its turn's id, its session `test:one`. */
export function newTurn(turnId: string, { sessionId = "test:one", input = {}, ...rest }: TurnSketch = {}): NewTurn {
  return {
    input: {
      turnId,
      sessionId,
      text: `message ${turnId}`,
      principal: { id: "owner", scopes: ["chat", "approve"] },
      autonomy: "supervised",
      workspace: "/workspace",
      origin: "test",
      interactive: true,
      at: 1_700_000_000_000,
      ...input,
    },
    channel: "test",
    platformId: turnId,
    queueLimit: 100,
    ...rest,
  };
}

/** The end of a turn. */
export function turnEnd(turnId: string, change: Partial<TurnEndEvent> = {}): TurnEndEvent {
  const usage = { inputTokens: 7, outputTokens: 3 };
  return { type: "turn-end", status: "completed", sessionId: "test:one", turnId, output: `answer ${turnId}`, rounds: 1, toolCalls: [], usage, error: null, tokens: 10, at: 1_700_000_001_000, ...change };
}

/** A call, its result, an ask and its answer, a step. */
export const sample = {
  call: (callId: string): ToolCallEvent => ({ type: "tool-call", callId, round: 1, index: 0, name: "files.read", arguments: { path: "a" }, effect: "read", idempotencyKey: callId, at: 1 }),
  result: (callId: string): ToolResultEvent => ({ type: "tool-result", callId, round: 1, index: 0, name: "files.read", status: "completed", content: [{ type: "text", text: "ok" }], at: 2 }),
  ask: (askId: string): AskEvent => ({ type: "ask", askId, kind: "approval", callId: "c1", tool: "files.write", arguments: {}, digest: "d", reason: "r", at: 3, expiresAt: 4 }),
  answer: (askId: string): AnswerEvent => ({ type: "answer", askId, decision: "allow", by: "owner", at: 5 }),
  step: (name: string): DurableEvent => ({ type: "step", callId: "c1", name, value: name }),
  outbox: (id: string, turnId: string, change: Partial<OutboxRow> = {}): OutboxRow => ({
    id,
    turnId,
    part: 0,
    channel: "test",
    conversation: "one",
    kind: "final",
    body: `body ${id}`,
    state: "pending",
    receipt: null,
    attempts: 0,
    ...change,
  }),
} as const;

/** Joins as a process of a test. */
export function join(store: Store): Promise<Instance> {
  return store.join({ kind: "test", pid: 1 });
}

/** Accepts and claims; returns the fence. */
export async function begin(store: Store, instance: Instance, turnId: string, sketch: TurnSketch = {}): Promise<number> {
  expect(await store.accept(newTurn(turnId, sketch))).toEqual({ result: "accepted", turnId });
  return claim(store, instance, turnId);
}

/** Claims a turn that can be claimed; returns the fence. */
export async function claim(store: Store, instance: Instance, turnId: string): Promise<number> {
  const claimed = await store.claim(turnId, instance.id);
  if (claimed.result !== "claimed") throw new Error(`the turn ${turnId} is ${claimed.result}, not claimed`);
  return claimed.fence;
}

/** Takes a turn from acceptance to its end. */
export async function bring(store: Store, instance: Instance, turnId: string, change: Partial<TurnEndEvent> & { readonly outbox?: readonly OutboxRow[] } = {}): Promise<void> {
  const { outbox = [], ...end } = change;
  const fence = await begin(store, instance, turnId, end.sessionId === undefined ? {} : { sessionId: end.sessionId });
  await store.append(turnId, fence, [turnEnd(turnId, end)], outbox);
}

/** Expects a call to be refused with a code. */
export async function refuses(call: Promise<unknown>, code: string): Promise<void> {
  await expect(call).rejects.toMatchObject({ code });
}

/** Ids that a careless comparison takes for one another. */
export const trickyIds: readonly string[] = ["test:a", "test:A", "test:a ", " test:a", "test:\u00e9", "test:e\u0301", "test:a\u0000", "test:a\u0000b", "test:\ud800", "test:\ud801", "test:%61", "test:a/../a", "test:'a'", "\u0001\"test:a\"", "test:\u{1f600}", "1", "01", "1.0"];
