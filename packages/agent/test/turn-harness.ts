import { createHash } from "node:crypto";
import type { AgentEvent, DurableEvent, JsonObject, ModelEvent, ModelRequest, Provider, Tool, ToolResult, TurnEndEvent, TurnInput, TurnLimits, TurnSlot } from "@omni/core";
import { isDurable } from "@omni/core";
import type { ManualClock } from "@omni/testkit/fakes";
import { createCountingRandom, createManualClock, createRecordingLog } from "@omni/testkit/fakes";
import type { AgentParts, EarlierTurn, RegisteredTool } from "../src/index.ts";
import { runTurn, toEffect } from "../src/index.ts";

/** What the model says to one request: events, or a failure, or whatever a function makes of the request. */
export type Script = readonly (readonly ModelEvent[] | Error | ((request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent> | readonly ModelEvent[]))[];

const usage = { inputTokens: 0, outputTokens: 0, reported: false };

/** A reply of words. */
export function says(words: string): readonly ModelEvent[] {
  return [{ type: "text-delta", text: words }, { type: "finish", reason: "stop", usage }];
}

/** A reply of calls: `[name, arguments]`, the arguments as an object or as raw text. */
export function calls(...each: readonly (readonly [string, JsonObject | string])[]): readonly ModelEvent[] {
  const events = each.map(([name, args], index): ModelEvent => ({ type: "tool-call", call: { id: `w${index}`, name, arguments: typeof args === "string" ? args : JSON.stringify(args) } }));
  return [...events, { type: "finish", reason: "tool-calls", usage }];
}

/** A tool whose body is the test's own. */
export function tool(name: string, effect: Tool["effect"], execute: Tool["execute"], more: Partial<Tool> = {}): Tool {
  return { name, description: `does ${name}`, inputSchema: { type: "object" }, ...(effect === undefined ? {} : { effect }), execute, ...more };
}

/** A result of words. */
export function text(words: string, isError = false): ToolResult {
  return { content: [{ type: "text", text: words }], ...(isError ? { isError } : {}) };
}

/** Everything a test may look at. */
export interface Harness {
  readonly clock: ManualClock;
  readonly requests: ModelRequest[];
  readonly recorded: DurableEvent[];
  readonly kept: Map<string, string>;
  readonly parts: AgentParts;
  readonly stop: AbortController;
  /** Runs the turn to its end; `onEvent` sees each event before it counts as recorded. */
  run(onEvent?: (event: AgentEvent) => void | Promise<void>): Promise<TurnEndEvent | undefined>;
}

/** What a test may set. */
export interface HarnessOptions {
  readonly script: Script;
  readonly tools?: readonly Tool[];
  readonly untrusted?: readonly Tool[];
  readonly parts?: Partial<AgentParts>;
  readonly input?: Partial<TurnInput>;
  readonly limits?: Partial<TurnLimits>;
  readonly earlier?: readonly EarlierTurn[];
}

/** Makes a turn with everything around it in memory and under the test's control. */
export function createHarness(options: HarnessOptions): Harness {
  const clock = createManualClock();
  const requests: ModelRequest[] = [];
  const recorded: DurableEvent[] = [];
  const kept = new Map<string, string>();
  const stop = new AbortController();
  const input = { ...toInput(), ...options.input };
  const parts = toParts(options, { clock, kept, provider: toProvider(options.script, requests) });
  return {
    clock,
    requests,
    recorded,
    kept,
    parts,
    stop,
    async run(onEvent) {
      let end: TurnEndEvent | undefined;
      for await (const event of runTurn(input, parts, stop.signal)) {
        if (isDurable(event)) recorded.push(event);
        await onEvent?.(event);
        if (event.type === "turn-end") end = event;
      }
      return end;
    },
  };
}

function toInput(): TurnInput {
  return { turnId: "t1", sessionId: "cli:a", text: "do it", principal: { id: "owner", scopes: ["chat", "approve"] }, autonomy: "full", workspace: "/w", origin: "cli", interactive: true, at: 1_700_000_000_000 };
}

function toParts(options: HarnessOptions, made: { readonly clock: ManualClock; readonly kept: Map<string, string>; readonly provider: Provider }): AgentParts {
  const registered: readonly RegisteredTool[] = [
    ...(options.tools ?? []).map((each) => ({ tool: each, trusted: true, effect: toEffect(each, true) })),
    ...(options.untrusted ?? []).map((each) => ({ tool: each, trusted: false, effect: toEffect(each, false) })),
  ];
  const slots: TurnSlot[] = (options.earlier ?? []).map((turn) => ({ turnId: turn.turnId, checkpointId: turn.turnId, toolCalls: 0, tokens: 10, at: 0 }));
  return {
    provider: made.provider,
    tools: { list: () => registered, find: (name) => registered.find((each) => each.tool.name === name) },
    policy: { autonomy: "full", decide: () => ({ verdict: "allow", reason: "", rule: "test" }) },
    window: { append: (slot) => void slots.push(slot), recent: (limit) => slots.slice(-limit), oldest: (limit) => slots.slice(0, limit), release: () => undefined, stats: () => ({ totalTurns: slots.length, totalToolCalls: 0, used: slots.length, capacity: Infinity, tokens: 0 }) },
    scopes: [],
    keepIn: { scope: "session", owner: "cli:a" },
    hooks: [],
    clock: made.clock,
    random: createCountingRandom(),
    log: createRecordingLog(),
    tokens: { count: (words) => Math.ceil(words.length / 4), calibrate: () => undefined },
    identity: [{ name: "identity", source: "test", role: "system", text: "You are a test." }],
    limits: { maxRounds: 20, timeoutMs: 60_000, maxTokens: Infinity, repeatLimit: 3, toolTimeoutMs: 10_000, ...options.limits },
    contextTokens: 32_000,
    recorded: [],
    attempt: 1,
    summary: async () => undefined,
    history: async (wanted) => (options.earlier ?? []).filter((turn) => wanted.some((slot) => slot.turnId === turn.turnId)),
    offload: async (words) => {
      made.kept.set(`k${made.kept.size + 1}`, words);
      return `k${made.kept.size}`;
    },
    ask: async () => ({ decision: "allow", by: "owner" }),
    isAlwaysAllowed: async () => false,
    takeSteering: () => [],
    validate: () => undefined,
    digest: (words) => createHash("sha256").update(words).digest("hex"),
    ...options.parts,
  };
}

function toProvider(script: Script, requests: ModelRequest[]): Provider {
  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
    requests.push(request);
    const entry = script[requests.length - 1];
    if (entry === undefined) throw new Error(`the script has no reply for request ${requests.length}`);
    if (entry instanceof Error) throw entry;
    yield* typeof entry === "function" ? entry(request, signal) : entry;
  }
  return { stream, models: async () => [], defaultModel: async () => ({ id: "test" }), close: async () => undefined };
}
