import type { ContentBlock, DurableEvent, JsonObject, JsonValue, Store, ToolCallStatus, ToolResultEvent, TurnRecord, TurnStatus } from "@omni/core";
import { toSaidBeside } from "./consolidation/said-beside.ts";

/** One call of a turn. `running`: it has no result yet and its turn has not ended. */
export interface ToolCallView {
  readonly name: string;
  /** As they were used; `{ "raw": "…" }` for ones that were no JSON object. */
  readonly arguments: JsonObject;
  readonly status: ToolCallStatus | "running";
  readonly content: readonly ContentBlock[];
}

/** One turn as people and programs are shown it. */
export interface TurnView {
  readonly turnId: string;
  readonly status: TurnStatus;
  /** ISO 8601 in UTC; null for one that still waits. */
  readonly startedAt: string | null;
  /** The entrance it came by. */
  readonly origin: string;
  readonly user: string;
  /** Empty while there is none. */
  readonly output: string;
  /** What the assistant said beside its calls, in order; absent where that is nothing. */
  readonly said?: readonly string[];
  readonly toolCalls: readonly ToolCallView[];
}

/** One session with its newest turns, oldest first. */
export interface SessionView {
  readonly sessionId: string;
  readonly stats: {
    /** Ended turns and their calls, over the session's life. */
    readonly totalTurns: number;
    readonly totalToolCalls: number;
    /** Turns that the window holds, and the tokens they take in a prompt. */
    readonly windowUsed: number;
    readonly tokens: number;
  };
  readonly turns: readonly TurnView[];
}

/** One line of a list of sessions. */
export interface SessionLine {
  readonly sessionId: string;
  readonly turns: number;
  readonly toolCalls: number;
  /** ISO 8601 in UTC. */
  readonly updatedAt: string;
}

/** How much of a session is shown. */
export interface SessionViewOptions {
  /** Most turns; 100 when absent. */
  readonly turns?: number;
  /** Slots the session's window holds; as many as there are when absent. */
  readonly windowCapacity?: number;
}

/** What is read of a store. */
type Reading = Pick<Store, "session" | "slots" | "turns" | "events">;

const defaultTurns = 100;

/** Turns that are asked of the store at once. */
const pageTurns = 200;

/** A session as the store knows it; undefined when there is none. */
export async function toSessionView(store: Reading, sessionId: string, options: SessionViewOptions = {}): Promise<SessionView | undefined> {
  const record = await store.session(sessionId);
  if (record === undefined) return undefined;
  const capacity = Math.min(options.windowCapacity ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const slots = await store.slots(sessionId, capacity);
  const newest = await store.turns(sessionId, { limit: options.turns ?? defaultTurns });
  const turns: TurnView[] = [];
  for (const turn of newest.toReversed()) turns.push(await toTurnView(store, turn));
  return {
    sessionId,
    stats: {
      totalTurns: record.totalTurns,
      totalToolCalls: record.totalToolCalls,
      windowUsed: slots.length,
      tokens: slots.reduce((sum, slot) => sum + slot.tokens, 0),
    },
    turns,
  };
}

/** Every turn of a session, oldest first; one at a time, so that a long session needs no more memory than its list of turns. */
export async function* readTurnViews(store: Pick<Store, "turns" | "events">, sessionId: string): AsyncGenerator<TurnView, void, undefined> {
  const records: TurnRecord[] = [];
  for (let before: string | undefined; ; ) {
    const page = await store.turns(sessionId, { limit: pageTurns, ...(before === undefined ? {} : { before }) });
    records.push(...page);
    before = page.at(-1)?.input.turnId;
    if (page.length < pageTurns || before === undefined) break;
  }
  for (const record of records.toReversed()) yield await toTurnView(store, record);
}

/** The sessions of a store, latest first. */
export async function toSessionLines(store: Pick<Store, "sessions">, options: { readonly limit: number; readonly offset?: number }): Promise<readonly SessionLine[]> {
  const records = await store.sessions(options);
  return records.map((record) => ({
    sessionId: record.sessionId,
    turns: record.totalTurns,
    toolCalls: record.totalToolCalls,
    updatedAt: new Date(record.updatedAt).toISOString(),
  }));
}

/** A turn with its calls, from its record and its events. */
export async function toTurnView(store: Pick<Store, "events">, record: TurnRecord): Promise<TurnView> {
  const { input, status, startedAt, outcome } = record;
  const events = await store.events(input.turnId);
  const output = outcome?.output ?? "";
  const said = toSaidBeside(events, output);
  return {
    turnId: input.turnId,
    status,
    startedAt: startedAt === null ? null : new Date(startedAt).toISOString(),
    origin: input.origin,
    user: input.text,
    output,
    ...(said.length === 0 ? {} : { said }),
    toolCalls: toToolCallViews(events),
  };
}

/** The calls of a turn in the order the model asked for them. */
export function toToolCallViews(events: readonly DurableEvent[]): readonly ToolCallView[] {
  const place = (event: { readonly round: number; readonly index: number }): string => `${event.round}.${event.index}`;
  const results = new Map<string, ToolResultEvent>();
  const started = new Map<string, JsonObject>();
  for (const event of events) {
    if (event.type === "tool-result") results.set(place(event), event);
    else if (event.type === "tool-call") started.set(place(event), event.arguments);
  }
  const hasEnded = events.some((event) => event.type === "turn-end");
  const replies = events.filter((event) => event.type === "model-reply");
  return replies.flatMap((reply) =>
    reply.calls.map((call, index): ToolCallView => {
      const key = place({ round: reply.round, index });
      const result = results.get(key);
      return {
        name: call.name,
        arguments: started.get(key) ?? parseArguments(call.arguments),
        status: result?.status ?? (hasEnded ? "unknown" : "running"),
        content: result?.content ?? [],
      };
    }),
  );
}

/** Arguments of a call that never started, as the model wrote them. */
function parseArguments(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? value : { raw: text };
  } catch {
    return { raw: text };
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
