import type { AgentEvent, TurnInput } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { AgentParts } from "./parts.ts";
import type { Emit } from "./model-reply.ts";
import type { Deadline } from "./deadline.ts";
import type { TurnRun } from "./turn-run.ts";
import { createDeadline } from "./deadline.ts";
import { createMergedQueue } from "./merged-queue.ts";
import { createRepeatGuard } from "./repeat-guard.ts";
import { createTurnJournal } from "./turn-journal.ts";
import { driveTurn } from "./drive-turn.ts";
import { toBudget } from "./budget.ts";

/** One for all turns: it ends each of them, and to note where it was made costs more than the rest of an ending. */
const gone = new OmniError("gateway.draining", "The reader of the turn's events has gone.");

/**
 * Runs one turn and yields everything that happens in it. This is the only
 * path from a message to an answer, for every entrance.
 *
 * Whoever reads the events records each durable one before asking for the
 * next, a companion (`isCompanion`) and what belongs to calls that only read
 * (`isReading`) at the latest together with the one after it: until then
 * nothing in the turn goes on. So a tool that does more than read starts only
 * after its `tool-call` was recorded, no tool before the reply that calls it,
 * and the model sees only recorded results.
 * After a crash the same turn is run again with `parts.recorded` and goes on
 * where the record ends.
 *
 * The sequence ends after `turn-end`. It ends without one when `signal`
 * aborts with code `gateway.draining`: the turn is then left for the next
 * start. Any other abort ends the turn as cancelled or, with `turn.timeout`,
 * as limited. It throws only what the reader's own recording throws.
 */
export async function* runTurn(input: TurnInput, parts: AgentParts, signal: AbortSignal): AsyncGenerator<AgentEvent, void, undefined> {
  const queue = createMergedQueue<AgentEvent>();
  const life = new AbortController();
  const run = createRun(input, parts, untilEnd(queue.emit), { signal, life });
  const driven = driveTurn(run.run).then(queue.close, (error: unknown) => {
    if (run.run.isParked()) queue.close();
    else queue.fail(error);
  });
  try {
    for await (const event of queue) {
      // A store that takes nothing for a while is not the turn's own time.
      run.hold();
      yield event;
      run.release();
    }
  } finally {
    life.abort(gone);
    await driven;
    run.stop();
  }
}

/** Hands events on as far as the turn's end: whoever reads them takes the turn for closed then, and what was left behind may still speak. */
function untilEnd(emit: Emit): Emit {
  let isOver = false;
  return (event) => {
    if (isOver) return Promise.reject(new Error("the turn has ended"));
    isOver = event.type === "turn-end";
    return emit(event);
  };
}

function createRun(
  input: TurnInput,
  parts: AgentParts,
  emit: Emit,
  life: { readonly signal: AbortSignal; readonly life: AbortController },
): { readonly run: TurnRun } & Pick<Deadline, "hold" | "release" | "stop"> {
  const signal = AbortSignal.any([life.signal, life.life.signal]);
  const seconds = Math.round(parts.limits.timeoutMs / 1_000);
  const deadline = createDeadline(parts.clock, parts.limits.timeoutMs, () => {
    life.life.abort(new OmniError("turn.timeout", `I stopped because the turn's time limit of ${seconds} s was reached.`));
  });
  const guard = createRepeatGuard(parts.limits.repeatLimit, parts.digest);
  const run: TurnRun = {
    input,
    parts,
    emit,
    journal: createTurnJournal(parts.recorded, emit),
    guard,
    budget: toBudget(parts.contextTokens),
    signal,
    isParked: () => signal.aborted && isOmniError(signal.reason) && signal.reason.code === "gateway.draining",
    pause: deadline.pause,
    resume: deadline.resume,
  };
  restoreGuard(run);
  return { run, hold: deadline.hold, release: deadline.release, stop: deadline.stop };
}

/** Calls of an earlier attempt count as well. */
function restoreGuard(run: TurnRun): void {
  const results = run.parts.recorded.filter((event) => event.type === "tool-result");
  for (const event of run.parts.recorded) {
    if (event.type !== "tool-call") continue;
    const result = results.find((each) => each.callId === event.callId);
    if (result !== undefined) run.guard.settled({ name: event.name, arguments: event.arguments, effect: event.effect }, result);
  }
}
