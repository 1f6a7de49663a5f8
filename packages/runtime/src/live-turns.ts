import type { ClaimResult, TurnInput } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { RunnerParts } from "./turn-runner.ts";
import type { SessionQueues } from "./session-queues.ts";
import type { TurnStream } from "./turn-stream.ts";
import { createTurnStream } from "./turn-stream.ts";
import { runToEnd } from "./turn-runner.ts";

/** Most ended turns whose live events are kept for readers that come back, however many run beside them, and characters of those events: some seconds of many short turns, or a few long ones; the last one however long it was. */
const mostEnded = 128;
const mostCharacters = 4_194_304;

/** A turn that runs, waits or has lately ended in this process. */
export interface LiveTurn {
  readonly turnId: string;
  readonly sessionId: string;
  readonly stream: TurnStream;
  /** Its life here: aborted by a cancel or by the end of the process. */
  readonly life: AbortController;
  /** Aborted by the end of the process alone, also where it was cancelled before. */
  readonly parking: AbortController;
  /** Its end is being written: nothing stops it any more. */
  isEnding: boolean;
  ended: boolean;
}

/** The turns of this process. One that ended here without its end (another process took it over) is none of them any more: what comes of it is in its record. */
export interface LiveTurns {
  find(turnId: string): LiveTurn | undefined;
  /** Queues a turn to be brought to its end; one that is known already is only given back. `claiming` is a claim of it that is under way. */
  begin(input: Pick<TurnInput, "turnId" | "sessionId" | "principal">, claiming?: Promise<ClaimResult | undefined>): LiveTurn;
  /** Ends these turns and what waits behind them in their sessions, or all that run, without ending them in the record. */
  park(turnIds?: readonly string[]): void;
}

/** Makes an empty set. Only the newest ended turns are remembered. */
export function createLiveTurns(queues: SessionQueues, runner: RunnerParts): LiveTurns {
  const live = new Map<string, LiveTurn>();
  const ended: LiveTurn[] = [];
  let characters = 0;
  const forget = (turn: LiveTurn): void => {
    if (live.get(turn.turnId) === turn) live.delete(turn.turnId);
  };
  const keepEnded = (turn: LiveTurn): void => {
    turn.ended = true;
    if (!turn.stream.hasTurnEnd) {
      forget(turn);
      return;
    }
    ended.push(turn);
    characters += turn.stream.size;
    while (ended.length > 1 && (ended.length > mostEnded || characters > mostCharacters)) {
      const oldest = ended.shift();
      if (oldest === undefined) return;
      characters -= oldest.stream.size;
      forget(oldest);
    }
  };
  const add = (turnId: string, sessionId: string): LiveTurn => {
    const turn: LiveTurn = { turnId, sessionId, stream: createTurnStream(), life: new AbortController(), parking: new AbortController(), isEnding: false, ended: false };
    live.set(turnId, turn);
    return turn;
  };
  /** What is taken up runs in the place of the turn behind it, which waits for nothing else. */
  const takeUp: TakeUp = async (turn, turnId, claim) => {
    const earlier = add(turnId, turn.sessionId);
    if (turn.parking.signal.aborted) parkTurn(earlier);
    await bringToEnd(earlier, Promise.resolve(claim), { queues, runner, takeUp, alsoHeldUp: (error) => turn.stream.holdUp(error) });
    keepEnded(earlier);
  };
  return {
    find: (turnId) => live.get(turnId),
    begin({ turnId, sessionId, principal }, claiming) {
      const known = live.get(turnId);
      if (known !== undefined) return known;
      const turn = add(turnId, sessionId);
      void queues.run(sessionId, { principalId: principal.id, signal: turn.life.signal }, () => bringToEnd(turn, claiming, { queues, runner, takeUp })).then(() => keepEnded(turn));
      return turn;
    },
    park(turnIds = [...live.keys()]) {
      const sessions = new Set(turnIds.flatMap((turnId) => (live.get(turnId)?.ended === false ? [live.get(turnId)?.sessionId] : [])));
      for (const turn of live.values()) {
        if (!turn.ended && sessions.has(turn.sessionId)) parkTurn(turn);
      }
    },
  };
}

type TakeUp = (turn: LiveTurn, turnId: string, claim: ClaimResult) => Promise<void>;

/** What a turn is brought to its end with. */
interface Bringing {
  readonly queues: SessionQueues;
  readonly runner: RunnerParts;
  readonly takeUp: TakeUp;
  /** Whoever waits for the turn that this one was taken up for is told as well. */
  readonly alsoHeldUp?: (error: OmniError) => void;
}

function parkTurn(turn: LiveTurn): void {
  turn.parking.abort(toParked());
  turn.life.abort(toParked());
}

async function bringToEnd(turn: LiveTurn, claiming: Promise<ClaimResult | undefined> | undefined, { queues, runner, takeUp, alsoHeldUp }: Bringing): Promise<void> {
  const { suspects } = runner;
  const away = (wait: () => Promise<void>): Promise<void> => queues.away(turn.sessionId, wait, turn.life.signal);
  try {
    // One that is stopped while it waits has only its end to write, and runs nothing.
    if (suspects.isHeld(turn.turnId)) await away(() => suspects.wait(turn.turnId, turn.life.signal)).catch(() => undefined);
    // Whoever waits is told, and need not wait on; what comes of the turn is in its record.
    const heldUp = (error: OmniError): void => {
      runner.log.warn("the store holds a turn up; it goes on when there is room", { turnId: turn.turnId, code: error.code });
      turn.stream.holdUp(error);
      alsoHeldUp?.(error);
    };
    const ending = (isEnding: boolean): void => void (turn.isEnding = isEnding);
    const outcome = await runToEnd({ turnId: turn.turnId, stream: turn.stream, signal: turn.life.signal, parking: turn.parking.signal, heldUp, ending, away, takeUp: (earlier, claim) => takeUp(turn, earlier, claim), ...(claiming === undefined ? {} : { claiming }) }, runner);
    turn.stream.end(outcome ?? toParked());
  } catch (error) {
    const told = toOmniError(error);
    runner.log.error("a turn could not be brought to its end", { turnId: turn.turnId, code: told.code, message: told.message });
    turn.stream.end(told);
  } finally {
    suspects.pass(turn.turnId);
  }
}

function toParked(): OmniError {
  return new OmniError("gateway.draining", "Omni is stopping; the turn goes on at the next start.", { retryable: true });
}
