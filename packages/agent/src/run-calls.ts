import type { Effect, JsonObject, ModelReplyEvent, ToolCall, ToolCallEvent, ToolCallStatus, ToolResult } from "@omni/core";
import type { PreparedCall } from "./prepare-call.ts";
import type { RegisteredTool } from "./parts.ts";
import type { TurnRun } from "./turn-run.ts";
import { toCallId, toLostResult, toUnrunContent } from "./abandoned-calls.ts";
import { toCanonicalJson } from "./canonical-json.ts";
import { authoriseCall } from "./authorise-call.ts";
import { executeCall } from "./execute-call.ts";
import { fitResult } from "./fit-result.ts";
import { frameUntrusted, toFailure, toSafeContent } from "./result-text.ts";
import { isToolResult } from "./is-tool-result.ts";
import { prepareCall } from "./prepare-call.ts";
import { runToolResultHooks } from "./hooks.ts";

/** Most calls of one reply that run at the same time. */
const parallelism = 16;

/** Most tokens that the results of one reply take in a prompt, however large the model's context: some 64 KB of prose. The rest is a page away. */
const mostResultTokens = 16_000;

/** A call with its place. */
interface Placed {
  readonly call: ToolCall;
  readonly round: number;
  readonly index: number;
  readonly callId: string;
  /** Most tokens of its result in a prompt. */
  readonly resultTokens: number;
  /** True where the reply may be incomplete: then none of its calls is run. */
  readonly isUncertain: boolean;
}

type Ready = Extract<PreparedCall, { kind: "ready" }>;

/**
 * Runs the calls of a reply that have no result yet, so that afterwards every
 * one has. Neighbours that only read run in parallel, all else in order.
 */
export async function runCalls(reply: ModelReplyEvent, run: TurnRun): Promise<void> {
  const done = new Set(run.journal.results(reply.round).map((result) => result.index));
  // All results of one reply together take at most a quarter of the budget, so that the next request can hold them.
  const share = Math.min(run.budget / 4, mostResultTokens);
  const resultTokens = Math.max(64, Math.floor(share / Math.max(1, reply.calls.length)));
  const open = reply.calls
    .map((call, index) => ({ call, round: reply.round, index, callId: toCallId(reply.round, index), resultTokens, isUncertain: reply.finish === "other" }))
    .filter((placed) => !done.has(placed.index));
  for (const group of toGroups(open, run)) await runGroup(group, run);
}

/** Runs of neighbours that may go together: reads with reads, anything else alone. */
function toGroups(calls: readonly Placed[], run: TurnRun): readonly (readonly Placed[])[] {
  const groups: Placed[][] = [];
  let reads: Placed[] | undefined;
  for (const placed of calls) {
    const isRead = run.parts.tools.find(placed.call.name)?.effect === "read";
    if (isRead && reads !== undefined && reads.length < parallelism) {
      reads.push(placed);
      continue;
    }
    const group = [placed];
    reads = isRead ? group : undefined;
    groups.push(group);
  }
  return groups;
}

async function runGroup(group: readonly Placed[], run: TurnRun): Promise<void> {
  const settled = await Promise.allSettled(group.map((placed) => runCall(placed, run)));
  for (const each of settled) if (each.status === "rejected") throw each.reason;
}

async function runCall(placed: Placed, run: TurnRun): Promise<void> {
  const started = run.journal.started(placed.round, placed.index);
  if (started?.effect === "once") return settleLost(placed, started, run);
  if (run.signal.aborted) return settleUnrun(placed, started, run);
  if (placed.isUncertain) return settleUnrun(placed, started, run, toFailure("provider.bad-response", "The reply ended for a reason that is not known and may be incomplete, so this call was not started. Make it again."));
  const prepared = await prepareCall(placed.call, run.input, run.parts, run.signal);
  if (run.signal.aborted) return settleUnrun(placed, started, run);
  // It cannot be run again as it was begun, so nobody will know what became of it.
  if (started !== undefined && isLost(started, prepared)) return settleLost(placed, started, run);
  if (prepared.kind === "settled") return settle(placed, { status: prepared.status }, { content: toFailure(prepared.code, prepared.message) }, run);
  if (started === undefined && !run.guard.mayRun(placed.call.name, prepared.input)) {
    const text = `This exact call of ${placed.call.name} was already made ${run.parts.limits.repeatLimit} times in this turn. It was not run again: try something else, or answer with what you know.`;
    return settle(placed, { status: "failed" }, { content: toFailure("tool.repeated", text) }, run);
  }
  if (started === undefined) {
    const authorisation = await authoriseCall(prepared, placed.callId, run, run.signal);
    if (run.signal.aborted) return settleUnrun(placed, started, run);
    if (!authorisation.allowed) {
      const counted = { effect: prepared.registered.effect, input: prepared.input };
      return settle(placed, { status: "denied", counted }, { content: toFailure(authorisation.code, authorisation.message) }, run);
    }
  }
  await start(placed, prepared, started?.idempotencyKey, run);
}

async function start(placed: Placed, ready: Ready, earlierKey: string | undefined, run: TurnRun): Promise<void> {
  const { registered, input } = ready;
  const idempotencyKey = earlierKey ?? `${run.input.turnId}:${placed.callId}`;
  const { callId, round, index } = placed;
  if (earlierKey === undefined) {
    const at = run.parts.clock.now();
    await run.journal.record({ type: "tool-call", callId, round, index, name: registered.tool.name, arguments: input, effect: registered.effect, idempotencyKey, at });
  }
  const executed = await executeCall(ready, { callId, idempotencyKey }, run);
  // A program that is going down leaves a call that did not end well without a result: the next start settles it by its effect.
  if (run.isParked() && executed.status !== "completed") throw run.signal.reason;
  const context = { sessionId: run.input.sessionId, turnId: run.input.turnId, signal: run.signal };
  const hooked = await runToolResultHooks(registered.tool.name, executed.result, context, run.parts);
  const result = isToolResult(hooked) ? hooked : toUnshown(registered.tool.name);
  const safe = toSafeContent(result);
  const source = toForeignSource(registered, executed.result);
  const content = source === undefined ? safe : frameUntrusted(safe, source);
  const end = { status: executed.status, counted: { effect: registered.effect, input }, isForeign: source !== undefined };
  await settle(placed, end, { ...result, content }, run);
}

/** Where strangers are who wrote the result of a tool; undefined where they did not. What a hook makes of it is theirs as well. */
function toForeignSource({ tool, trusted }: RegisteredTool, { foreignSource }: ToolResult): string | undefined {
  return !trusted || tool.annotations?.openWorldHint === true ? tool.name : foreignSource;
}

/** What is told where a hook made of a result something that is none: the result may be what the hook would not have shown. */
function toUnshown(name: string): ToolResult {
  return { content: toFailure("tool.failed", `${name} has ended, but a hook of its result returned nothing that can be read, so it is not shown.`) };
}

interface Settled {
  readonly status: ToolCallStatus;
  /** Of a call that the repeat guard let through: what it was. */
  readonly counted?: { readonly effect: Effect; readonly input: JsonObject };
  readonly isForeign?: boolean;
}

async function settle(placed: Placed, end: Settled, result: ToolResult, run: TurnRun): Promise<void> {
  const fitted = await fitResult(result, placed.resultTokens, run);
  const { callId, round, index, call } = placed;
  if (end.counted !== undefined) run.guard.settled({ name: call.name, arguments: end.counted.input, effect: end.counted.effect }, { ...fitted, status: end.status });
  await run.journal.record({
    type: "tool-result",
    callId,
    round,
    index,
    name: call.name,
    status: end.status,
    ...fitted,
    ...(end.counted === undefined ? {} : { effect: end.counted.effect }),
    ...(end.isForeign === true ? { isForeign: true } : {}),
    at: run.parts.clock.now(),
  });
}

/** True for a call that was begun before the program was interrupted and does more than read. */
function mayHaveActed(started: ToolCallEvent | undefined): started is ToolCallEvent {
  return started !== undefined && started.effect !== "read";
}

/**
 * True for a call that was begun and cannot be run again as it was: its
 * arguments are others now, which nobody approved and its idempotency key does
 * not stand for, or it may have acted and cannot be run at all.
 */
function isLost(started: ToolCallEvent, prepared: PreparedCall): boolean {
  if (prepared.kind === "settled") return mayHaveActed(started);
  return toCanonicalJson(started.arguments) !== toCanonicalJson(prepared.input);
}

/** A call that was begun and is not run again: whether it happened is not known. */
async function settleLost(placed: Placed, started: ToolCallEvent, run: TurnRun): Promise<void> {
  const lost = toLostResult(started, run.parts.clock.now());
  await settle(placed, { status: lost.status, counted: { effect: started.effect, input: started.arguments } }, lost, run);
}

/** A call that is not started, or not again: because the turn is over, unless another reason is told. */
async function settleUnrun(placed: Placed, started: ToolCallEvent | undefined, run: TurnRun, content = toUnrunContent()): Promise<void> {
  if (run.isParked()) throw run.signal.reason;
  if (mayHaveActed(started)) return settleLost(placed, started, run);
  await settle(placed, { status: "failed" }, { content }, run);
}
