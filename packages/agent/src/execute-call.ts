import type { AskRequest, JsonValue, ToolContext, ToolResult } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { Deadline } from "./deadline.ts";
import type { PreparedCall } from "./prepare-call.ts";
import type { RegisteredTool } from "./parts.ts";
import type { TurnRun } from "./turn-run.ts";
import { askQuestion } from "./ask-person.ts";
import { toPolicyRequest } from "./authorise-call.ts";
import { createDeadline } from "./deadline.ts";
import { createFileGuard } from "./file-guard.ts";
import { isToolResult } from "./is-tool-result.ts";
import { toFailure } from "./result-text.ts";

/** Time a tool has to end once its signal is aborted; after that it is left behind and its fate is unknown. */
const graceMs = 1_000;

/** One for all calls: each of them ends with it, and to note where it was made costs more than the rest of an ending. */
const over = new OmniError("tool.failed", "This call has its result already; nothing more of it is recorded.");

/** How an execution ended. `unknown`: it did not end in time, so it may still do something. */
export interface Executed {
  readonly status: "completed" | "failed" | "unknown";
  readonly result: ToolResult;
}

type Ready = Extract<PreparedCall, { kind: "ready" }>;

/** What identifies the call to its tool. */
export interface CallIdentity {
  readonly callId: string;
  readonly idempotencyKey: string;
}

/** Runs a call with its time limit. It always resolves: what a tool throws is a failed result. */
export async function executeCall(ready: Ready, identity: CallIdentity, run: TurnRun): Promise<Executed> {
  const { registered, input } = ready;
  const { tool } = registered;
  const controller = new AbortController();
  const stop = (): void => controller.abort(run.signal.reason);
  run.signal.addEventListener("abort", stop, { once: true });
  if (run.signal.aborted) stop();
  const seconds = Math.round(run.parts.limits.toolTimeoutMs / 1_000);
  const deadline = createDeadline(run.parts.clock, run.parts.limits.toolTimeoutMs, () => {
    controller.abort(new OmniError("tool.timeout", `${tool.name} did not end within ${seconds} s and was stopped.`));
  });
  const settled = new AbortController();
  const asks = new Set<Promise<string>>();
  const context = toContext(ready, identity, { run, deadline, signal: controller.signal, settled: settled.signal, asks });
  try {
    const result: unknown = await raceAbort(() => tool.execute(input, context), controller.signal, run);
    if (!isToolResult(result)) throw toUnreadable(registered);
    return { status: result.isError === true ? "failed" : "completed", result };
  } catch (error) {
    if (error instanceof LeftBehind) return { status: registered.effect === "read" ? "failed" : "unknown", result: { content: toFailure("tool.unknown-fate", `${tool.name} did not stop in time; it may or may not have had its effect.`), isError: true } };
    const reason: unknown = controller.signal.aborted ? controller.signal.reason : error;
    // A tool that lost sight of its own call says so; a read that did is only a failure.
    const isLost = registered.effect !== "read" && isOmniError(error) && error.code === "tool.unknown-fate";
    if (isLost) return { status: "unknown", result: { content: toFailure(error.code, error.message), isError: true } };
    return { status: "failed", result: { content: failureOf(reason, tool.name), isError: true } };
  } finally {
    settled.abort(over);
    deadline.stop();
    run.signal.removeEventListener("abort", stop);
    // Nobody waits for their answers any more, and they are closed on the record before the call has its result there.
    if (asks.size > 0) await Promise.allSettled(asks);
  }
}

/** Of a call that returned something else than a result nobody can tell what it did; one that only reads has done nothing. */
function toUnreadable({ tool, effect }: RegisteredTool): OmniError {
  const told = `${tool.name} returned no result that can be read`;
  return effect === "read" ? new OmniError("tool.failed", `${told}.`) : new OmniError("tool.unknown-fate", `${told}; it may or may not have had its effect.`);
}

class LeftBehind extends Error {}

/** Settles with the tool, or rejects once it has ignored its aborted signal for the grace time. */
async function raceAbort(start: () => Promise<ToolResult>, signal: AbortSignal, run: TurnRun): Promise<ToolResult> {
  signal.throwIfAborted();
  return new Promise<ToolResult>((resolve, reject) => {
    let callOff: () => void = () => undefined;
    const onAbort = (): void => {
      callOff = run.parts.clock.after(graceMs, () => reject(new LeftBehind()));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const finish = (): void => {
      signal.removeEventListener("abort", onAbort);
      callOff();
    };
    Promise.resolve()
      .then(start)
      .then(resolve, reject)
      .finally(finish);
  });
}

function toContext(
  ready: Ready,
  identity: CallIdentity,
  life: { readonly run: TurnRun; readonly deadline: Deadline; readonly signal: AbortSignal; readonly settled: AbortSignal; readonly asks: Set<Promise<string>> },
): ToolContext {
  const { deadline, signal, settled, asks } = life;
  const run = toOpenRun(life.run, settled);
  const askUntilSettled = async (request: AskRequest): Promise<string> => {
    deadline.pause();
    try {
      return await askQuestion(request, { callId: identity.callId, tool: ready.registered.tool.name, arguments: ready.input }, run, AbortSignal.any([signal, settled]));
    } finally {
      deadline.resume();
    }
  };
  return {
    sessionId: run.input.sessionId,
    turnId: run.input.turnId,
    workspace: run.input.workspace,
    guard: createFileGuard(toPolicyRequest(ready, run.input), run.parts.policy),
    scopes: run.parts.scopes,
    keepIn: run.parts.keepIn,
    ...identity,
    signal,
    async step<T extends JsonValue>(name: string, body: () => Promise<T>): Promise<T> {
      const before = run.journal.step(identity.callId, name);
      if (before !== undefined) return before.value as T;
      settled.throwIfAborted();
      const value = await body();
      await run.journal.record({ type: "step", callId: identity.callId, name, value });
      return value;
    },
    ask(request) {
      const asking = askUntilSettled(request);
      asks.add(asking);
      // A tool may have lost interest, and hears of no failure then.
      const forget = (): void => void asks.delete(asking);
      asking.then(forget, forget);
      return asking;
    },
    async progress(text) {
      if (!settled.aborted) await run.emit({ type: "progress", callId: identity.callId, text });
    },
  };
}

/** The turn as a call may write into it: until it has its result. A tool that was left behind goes on, and what it says would stand behind that, or behind the end of the turn. */
function toOpenRun(run: TurnRun, settled: AbortSignal): TurnRun {
  const record: TurnRun["journal"]["record"] = async (event) => {
    // What closes a question that was asked in time is waited for, and stands before the result.
    if (event.type !== "answer") settled.throwIfAborted();
    await run.journal.record(event);
  };
  return { ...run, journal: { ...run.journal, record } };
}

function failureOf(reason: unknown, tool: string): ToolResult["content"] {
  if (isOmniError(reason)) return toFailure(reason.code, reason.message);
  const message = reason instanceof Error ? reason.message : String(reason);
  return toFailure("tool.failed", `${tool} failed: ${message}`);
}
