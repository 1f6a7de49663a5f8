import type { AgentParts } from "@omni/agent";
import { runTurn, toLostResults } from "@omni/agent";
import type { ClaimResult, Clock, DurableEvent, Log, OmniErrorCode, Store, TurnInput, TurnOutcome, TurnRecord } from "@omni/core";
import { isDurable, isOmniError, OmniError, toOmniError } from "@omni/core";
import type { EndedTurn } from "./ended-turn.ts";
import type { JoinedTurns } from "./joined-turn.ts";
import type { OwnInstance } from "./own-instance.ts";
import type { TurnOutbox } from "./channels/turn-outbox.ts";
import type { SuspectLine } from "./suspect-line.ts";
import type { TurnStream } from "./turn-stream.ts";
import type { HeldTurn } from "./held-up.ts";
import type { TurnRecorder } from "./turn-recorder.ts";
import { createTurnWatch } from "./ended-turn.ts";
import { isLastingProgress } from "./suspect-line.ts";
import { toFruitlessAttempts } from "./interruptions.ts";
import { appendSurely, createTurnRecorder, retryWhen } from "./turn-recorder.ts";
import { createHoldUp, isPassing, untilTaken } from "./held-up.ts";
import { untilAborted } from "./host/until-aborted.ts";

/** Most times a turn is begun without getting anywhere; after that it ends as failed, so that one poisoned message cannot stop a session for ever. */
const mostAttempts = 3;

/** What nothing here can mend: the store is damaged, or another process has taken the turn over. */
const lasting: ReadonlySet<OmniErrorCode> = new Set<OmniErrorCode>(["store.corrupt", "store.fenced"]);

/** Most times a turn is tried again where the store fails otherwise; then it ends as failed, as soon as that can be written. */
const mostFailures = 3;

/** First and longest wait of a turn that waits for another process, each twice the one before, and how long a queued turn is left to the process that accepted it, in milliseconds. */
const pollMs = { first: 50, longest: 1_000 };
const courtesyMs = 1_500;

/** What a turn is run with. */
export interface RunnerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly outbox: TurnOutbox;
  readonly suspects: SuspectLine;
  readonly joined: JoinedTurns;
  /** Told when a turn begins, here or, as its end shows, elsewhere: from now on it joins no other. */
  begins(turnId: string): void;
  /** Looks after a turn that has ended and is recorded. Must not throw. */
  ended(turn: EndedTurn): void;
  /** This process as an owner of turns. */
  readonly own: Pick<OwnInstance, "get" | "claim">;
  /** The parts of one attempt at a turn. */
  partsOf(input: TurnInput, recorded: readonly DurableEvent[], attempt: number): Promise<AgentParts>;
}

/** One turn to bring to its end. */
export interface RunningTurn extends HeldTurn {
  readonly turnId: string;
  readonly stream: Pick<TurnStream, "begin" | "publish">;
  /** A claim that was made when the turn was accepted; undefined where it failed. */
  readonly claiming?: Promise<ClaimResult | undefined>;
  /** Told whether its end is being written: then nothing stops it any more. */
  ending(isEnding: boolean): void;
  /** Waits for somebody else, while others have its place, and for a place after that. */
  away(wait: () => Promise<void>): Promise<void>;
  /** Brings an earlier turn of its session, which this process has just claimed, to its end. It can be found, followed and stopped meanwhile like any other. */
  takeUp(turnId: string, claim: ClaimResult): Promise<void>;
}

/**
 * Brings a turn to its end, here or by waiting for the process that has it.
 * Turns of the session that came before are brought to theirs first. One that
 * waits for another process leaves its place to others meanwhile; one that
 * the store holds up keeps its place until there is room again, and goes on
 * with what it could not write, also where it was cancelled. Whatever
 * else goes wrong ends it as failed: a turn without an end would hold up its
 * session for ever. Resolves undefined when the process is going down before
 * the end; rejects with `store.corrupt` and `store.fenced`.
 */
export async function runToEnd(turn: RunningTurn, parts: RunnerParts): Promise<TurnOutcome | undefined> {
  const holding: Holding = { failures: 0 };
  const holdUp = createHoldUp(turn, parts.clock);
  for (;;) {
    try {
      return (await runOrWait(turn, holding, parts)) ?? (await park(turn, holding, parts));
    } catch (error) {
      if (turn.parking.aborted) return park(turn, holding, parts);
      const told = toOmniError(error);
      if (lasting.has(told.code)) throw error;
      // What came before the claim says nothing of the turn: it was not begun.
      if (!isPassing(told) && holding.claim !== undefined) toGivenUp(told, holding);
      await holdUp.wait(told);
    }
  }
}

/** Leaves a turn that was begun to the next start, and notes that nothing was interrupted by it. Where that cannot be written it counts as an interruption. */
async function park({ turnId, parking }: RunningTurn, { claim, givenUp }: Holding, { store, clock }: RunnerParts): Promise<undefined> {
  if (claim === undefined || givenUp !== undefined || !parking.aborted) return;
  await store.append(turnId, claim.fence, [{ type: "park", attempt: claim.attempt, at: clock.now() }]).catch(() => undefined);
}

/** The claim of a turn that was begun here and did not come to its end. */
interface Holding {
  claim?: Claimed;
  failures: number;
  /** Why it is not run again: all that is left to do is to write so. */
  givenUp?: OmniError;
}

/** A store that fails may be well again; what else was thrown would be thrown again. */
function toGivenUp(error: OmniError, holding: Holding): void {
  holding.failures += 1;
  if (error.code !== "store.failed" || holding.failures > mostFailures) holding.givenUp ??= error;
}

async function runOrWait(turn: RunningTurn, holding: Holding, parts: RunnerParts): Promise<TurnOutcome | undefined> {
  if (holding.claim !== undefined) return goOn(turn, { ...holding, claim: holding.claim }, parts);
  let early = await turn.claiming;
  let elsewhere: Elsewhere | undefined;
  for (;;) {
    if (isDraining(turn.signal)) return undefined;
    // What was ahead of it when it was claimed along with its message may have ended since.
    const claim = early?.result === "claimed" ? early : toOwn(await retryWhen(["store.busy"], () => parts.own.claim(turn.turnId), parts));
    early = undefined;
    if (claim.result === "claimed") return runClaimed(turn, (holding.claim = claim), parts);
    if (claim.result === "ended") {
      parts.begins(turn.turnId);
      return (await parts.store.turn(turn.turnId))?.outcome ?? undefined;
    }
    if (turn.signal.aborted && (await parts.store.cancelQueued(turn.turnId, parts.clock.now()))) continue;
    if (turn.parking.aborted) return undefined;
    const turnId = claim.result === "behind" ? claim.turnId : turn.turnId;
    if (elsewhere?.turnId !== turnId) elsewhere = { turnId, since: parts.clock.monotonic() };
    const waitedFor = elsewhere;
    if (claim.result === "behind" && (await takeOver(waitedFor, turn, parts))) continue;
    await turn.away(() => untilMoved(waitedFor, turn, parts));
  }
}

/** A claim of what this process holds already counts: the answer of an earlier one was lost, or its run broke off. */
function toOwn(claim: ClaimResult): ClaimResult {
  return claim.result === "owned" && claim.held !== undefined ? { result: "claimed", ...claim.held } : claim;
}

/** A turn that this process waits for and does not run, and since when on the monotonic clock: one that is ahead, or the very turn, which another process has. */
interface Elsewhere {
  readonly turnId: string;
  readonly since: number;
}

/** Resolves when that turn has ended or was left, or when the one that waits for it has ended or is stopped. Nothing is claimed here: whoever claims has a place. */
async function untilMoved({ turnId, since }: Elsewhere, turn: RunningTurn, parts: RunnerParts): Promise<void> {
  const stop = turn.signal.aborted ? turn.parking : turn.signal;
  // What keeps a record from being read is told by the claim that comes next.
  const read = (id: string): Promise<TurnRecord | undefined> => parts.store.turn(id).catch(() => undefined);
  for (let wait = pollMs.first; !stop.aborted; wait = Math.min(2 * wait, pollMs.longest)) {
    await parts.clock.sleep(wait, stop).catch(() => undefined);
    // The one that waits may be cancelled from another process.
    const [theirs, own] = await Promise.all([read(turnId), read(turn.turnId)]);
    if (theirs?.outcome !== null || own?.outcome !== null || isLeft(theirs, since, parts)) return;
  }
}

/** True for a turn that nobody runs: its owner is dead, or it was not begun and has been left to the process that accepted it for long enough. */
function isLeft({ input, outcome, owner, ownerAlive }: TurnRecord, since: number, { suspects, clock }: RunnerParts): boolean {
  if (outcome !== null || ownerAlive || suspects.isHeld(input.turnId)) return false;
  return owner !== null || clock.monotonic() - since >= courtesyMs;
}

/** Takes a turn up again that this process has begun, from what is on its record. */
async function goOn(turn: RunningTurn, { claim, givenUp }: Holding & { readonly claim: Claimed }, parts: RunnerParts): Promise<TurnOutcome | undefined> {
  const now = { ...claim, events: await parts.store.events(turn.turnId) };
  return givenUp === undefined ? runClaimed(turn, now, parts) : endEarly(claim.input, now, givenUp, parts);
}

/**
 * Runs an earlier turn that nobody runs; resolves true when it did. One that a
 * living process runs is left alone, and one that was never begun is left for
 * a moment to the process that accepted it.
 */
async function takeOver(ahead: Elsewhere, { takeUp }: Pick<RunningTurn, "takeUp">, parts: RunnerParts): Promise<boolean> {
  const record = await parts.store.turn(ahead.turnId);
  if (record === undefined || !isLeft(record, ahead.since, parts)) return false;
  const claim = await parts.own.claim(ahead.turnId);
  if (claim.result !== "claimed") return false;
  // It has a life of its own: whoever cancels the one behind it means that one alone.
  await takeUp(ahead.turnId, claim);
  return true;
}

type Claimed = Extract<ClaimResult, { result: "claimed" }>;

async function runClaimed(turn: RunningTurn, claim: Claimed, parts: RunnerParts): Promise<TurnOutcome | undefined> {
  const { input } = claim;
  turn.stream.begin(claim.attempt);
  turn.ending(false);
  parts.begins(turn.turnId);
  const joined = await parts.joined.find(input);
  if (joined !== undefined) {
    await appendSurely(turn.turnId, claim.fence, { events: [{ type: "turn-end", ...joined, tokens: 0, at: parts.clock.now() }], outbox: [] }, parts);
    parts.joined.forget(input);
    return joined;
  }
  if (toFruitlessAttempts(claim) > mostAttempts) {
    const message = `This message interrupted Omni ${mostAttempts} times and is not tried again.`;
    return endEarly(input, claim, new OmniError("turn.attempts", message), parts);
  }
  let agentParts: AgentParts;
  try {
    agentParts = await untilAborted(parts.partsOf(input, claim.events, claim.attempt), turn.signal);
  } catch (error) {
    if (isDraining(turn.signal)) return undefined;
    if (turn.signal.aborted) return endEarly(input, claim, toOmniError(turn.signal.reason), parts);
    parts.log.error("a turn could not be prepared", { turnId: turn.turnId, message: toOmniError(error).message });
    return endEarly(input, claim, toOmniError(error), parts);
  }
  const recorder = createTurnRecorder(turn, claim.fence, parts);
  const watch = createTurnWatch(claim.events);
  // A result of a call that is too long is kept before it is recorded, and is as little to be had again.
  const heldParts: AgentParts = { ...agentParts, offload: (text) => untilTaken(() => agentParts.offload(text), turn, parts.clock) };
  let outcome: TurnOutcome | undefined;
  try {
    for await (const event of runTurn(input, heldParts, turn.signal)) {
      if (event.type === "turn-end") turn.ending(true);
      if (isDurable(event)) await recordAndTell(event, { input, recorder, outbox: parts.outbox, isToldOf: (askId) => claim.events.some((each) => each.type === "ask" && each.askId === askId) });
      if (isDurable(event)) watch.see(event);
      if (isDurable(event) && isLastingProgress(event)) parts.suspects.pass(turn.turnId);
      turn.stream.publish(event);
      if (event.type === "turn-end") outcome = toOutcome(event);
    }
    await recorder.flush();
  } finally {
    // Whoever goes on with the turn reads its record, which must not grow meanwhile.
    await recorder.idle();
  }
  if (outcome !== undefined) parts.ended({ input, outcome, window: agentParts.window, recalled: watch.recalled, shown: watch.shown, events: watch.events });
  return outcome;
}

/** Records an event, and with it what is to be brought to the conversation. */
async function recordAndTell(event: DurableEvent, { input, recorder, outbox, isToldOf }: { readonly input: TurnInput; readonly recorder: TurnRecorder; readonly outbox: TurnOutbox; isToldOf(askId: string): boolean }): Promise<void> {
  // A question that stands over a restart is recorded again; its conversation has been told of it.
  const rows = event.type === "ask" && isToldOf(event.askId) ? [] : outbox.rowsOf(input, event);
  await recorder.record(event, rows);
  if (rows.length > 0) outbox.wake(input.origin);
}

/** Ends a turn that cannot be run any further, or was cancelled before it could; calls whose results were lost are told as such. */
async function endEarly(input: TurnInput, claim: Claimed, error: OmniError, parts: RunnerParts): Promise<TurnOutcome> {
  const at = parts.clock.now();
  const lost = toLostResults(claim.events, at);
  const results = [...claim.events, ...lost].filter((event) => event.type === "tool-result");
  const replies = claim.events.filter((event) => event.type === "model-reply");
  const outcome: TurnOutcome = {
    status: error.code === "turn.cancelled" ? "cancelled" : "failed",
    sessionId: input.sessionId,
    turnId: input.turnId,
    output: "",
    rounds: replies.length,
    toolCalls: results.map(({ name, status }) => ({ name, status })),
    usage: {
      inputTokens: replies.reduce((total, reply) => total + reply.usage.inputTokens, 0),
      outputTokens: replies.reduce((total, reply) => total + reply.usage.outputTokens, 0),
    },
    error: { code: error.code, message: error.message },
  };
  const end: DurableEvent = { type: "turn-end", ...outcome, tokens: 0, at };
  const rows = parts.outbox.rowsOf(input, end);
  await appendSurely(input.turnId, claim.fence, { events: [...lost, end], outbox: rows }, parts);
  if (rows.length > 0) parts.outbox.wake(input.origin);
  return outcome;
}

function toOutcome(event: Extract<DurableEvent, { type: "turn-end" }>): TurnOutcome {
  const { status, sessionId, turnId, output, rounds, toolCalls, usage, error } = event;
  return { status, sessionId, turnId, output, rounds, toolCalls, usage, error };
}

function isDraining(signal: AbortSignal): boolean {
  return signal.aborted && isOmniError(signal.reason) && signal.reason.code === "gateway.draining";
}
