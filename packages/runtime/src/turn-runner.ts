import type { AgentParts } from "@omni/agent";
import { runTurn } from "@omni/agent";
import type { ClaimResult, Clock, DurableEvent, Instance, Log, Store, TurnInput, TurnOutcome } from "@omni/core";
import { isDurable, isOmniError, OmniError, toOmniError } from "@omni/core";
import type { TurnStream } from "./turn-stream.ts";

/** Most times a turn is begun; after that it ends as failed, so that one poisoned message cannot stop a session for ever. */
const mostAttempts = 3;

/** How often a turn that waits for another process looks again, and how long a queued turn is left to the process that accepted it, in milliseconds. */
const pollMs = 50;
const courtesyMs = 1_500;

/** Waits before an append is tried again where the disk is full or the store is locked, in milliseconds. */
const appendRetryMs = [100, 400, 1_500];

/** What a turn is run with. */
export interface RunnerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** This process, registered with the store at its first turn. */
  instance(): Promise<Instance>;
  /** The parts of one attempt at a turn. */
  partsOf(input: TurnInput, recorded: readonly DurableEvent[], attempt: number): Promise<AgentParts>;
}

/** One turn to bring to its end. */
export interface RunningTurn {
  readonly turnId: string;
  readonly stream: TurnStream;
  /** Aborted with `turn.cancelled` by a person, with `gateway.draining` by the end of the process. */
  readonly signal: AbortSignal;
}

/**
 * Brings a turn to its end, here or by waiting for the process that has it.
 * Turns of the session that came before are brought to theirs first. Resolves
 * undefined when the process is going down before the end.
 */
export async function runToEnd(turn: RunningTurn, parts: RunnerParts): Promise<TurnOutcome | undefined> {
  const instance = await parts.instance();
  const since = parts.clock.monotonic();
  for (;;) {
    if (isDraining(turn.signal)) return undefined;
    const claim = await retryBusy(() => parts.store.claim(turn.turnId, instance.id), parts);
    if (claim.result === "claimed") return runClaimed(turn, claim, parts);
    if (claim.result === "ended") return (await parts.store.turn(turn.turnId))?.outcome ?? undefined;
    if (turn.signal.aborted && (await parts.store.cancelQueued(turn.turnId, parts.clock.now()))) continue;
    const isPatient = parts.clock.monotonic() - since < courtesyMs;
    if (claim.result === "behind" && !isPatient) await takeOver(claim.turnId, turn.signal, parts);
    await parts.clock.sleep(pollMs, isDraining(turn.signal) ? turn.signal : undefined).catch(() => undefined);
  }
}

/** Runs an earlier turn that nobody runs; one that a living process runs is left alone. */
async function takeOver(turnId: string, signal: AbortSignal, parts: RunnerParts): Promise<void> {
  const record = await parts.store.turn(turnId);
  if (record === undefined || record.outcome !== null || record.ownerAlive) return;
  const claim = await parts.store.claim(turnId, (await parts.instance()).id);
  if (claim.result !== "claimed") return;
  const life = new AbortController();
  const stop = (): void => {
    if (isDraining(signal)) life.abort(signal.reason);
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    await runClaimed({ turnId, stream: silentStream, signal: life.signal }, claim, parts);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const silentStream: Pick<TurnStream, "begin" | "publish"> = { begin: () => undefined, publish: () => undefined };

type Claimed = Extract<ClaimResult, { result: "claimed" }>;

async function runClaimed(
  turn: Pick<RunningTurn, "turnId" | "signal"> & { readonly stream: Pick<TurnStream, "begin" | "publish"> },
  claim: Claimed,
  parts: RunnerParts,
): Promise<TurnOutcome | undefined> {
  const record = await parts.store.turn(turn.turnId);
  if (record === undefined) throw new OmniError("turn.not-found", `The turn ${turn.turnId} has gone from the store.`);
  const { input } = record;
  turn.stream.begin(claim.attempt);
  if (claim.attempt > mostAttempts) {
    const message = `This message interrupted Omni ${mostAttempts} times and is not tried again.`;
    return endAsFailed(input, claim, new OmniError("turn.attempts", message), parts);
  }
  let agentParts: AgentParts;
  try {
    agentParts = await parts.partsOf(input, claim.events, claim.attempt);
  } catch (error) {
    parts.log.error("a turn could not be prepared", { turnId: turn.turnId, message: toOmniError(error).message });
    return endAsFailed(input, claim, toOmniError(error), parts);
  }
  let outcome: TurnOutcome | undefined;
  for await (const event of runTurn(input, agentParts, turn.signal)) {
    if (isDurable(event)) await appendSurely(turn.turnId, claim.fence, event, parts);
    turn.stream.publish(event);
    if (event.type === "turn-end") outcome = toOutcome(event);
  }
  return outcome;
}

async function endAsFailed(input: TurnInput, claim: Claimed, error: OmniError, parts: RunnerParts): Promise<TurnOutcome> {
  const outcome: TurnOutcome = {
    status: "failed",
    sessionId: input.sessionId,
    turnId: input.turnId,
    output: "",
    rounds: 0,
    toolCalls: [],
    usage: { inputTokens: 0, outputTokens: 0 },
    error: { code: error.code, message: error.message },
  };
  await appendSurely(input.turnId, claim.fence, { type: "turn-end", ...outcome, tokens: 0, at: parts.clock.now() }, parts);
  return outcome;
}

/** Appends; a full disk or a locked store is waited for a little, then the error stands and the turn is left for a later start. */
async function appendSurely(turnId: string, fence: number, event: DurableEvent, parts: RunnerParts): Promise<void> {
  for (const wait of appendRetryMs) {
    try {
      return await parts.store.append(turnId, fence, [event]);
    } catch (error) {
      if (!isOmniError(error) || (error.code !== "store.full" && error.code !== "store.busy")) throw error;
      parts.log.warn("the store does not take an event; trying again", { code: error.code, turnId });
      await parts.clock.sleep(wait);
    }
  }
  await parts.store.append(turnId, fence, [event]);
}

async function retryBusy<T>(body: () => Promise<T>, parts: RunnerParts): Promise<T> {
  for (const wait of appendRetryMs) {
    try {
      return await body();
    } catch (error) {
      if (!isOmniError(error) || error.code !== "store.busy") throw error;
      await parts.clock.sleep(wait);
    }
  }
  return body();
}

function toOutcome(event: Extract<DurableEvent, { type: "turn-end" }>): TurnOutcome {
  const { status, sessionId, turnId, output, rounds, toolCalls, usage, error } = event;
  return { status, sessionId, turnId, output, rounds, toolCalls, usage, error };
}

function isDraining(signal: AbortSignal): boolean {
  return signal.aborted && isOmniError(signal.reason) && signal.reason.code === "gateway.draining";
}
