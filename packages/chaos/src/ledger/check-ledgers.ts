import type { Breach } from "./breach.ts";
import type { CallKind, Ledgers, SentMessage, ToldCall, ToldTurn } from "./ledgers.ts";
import { checkAnswer } from "./check-answer.ts";
import { checkOrder } from "./check-order.ts";
import { checkReply, repeatLabel } from "./check-reply.ts";

/** A gateway is ready again within so many milliseconds of its start; on a machine so busy that a Node that does nothing takes more than 50 ms, within so many times that. */
export const mostReadyMs = 5_000;
const mostIdleNodes = 100;

const ended: ReadonlySet<string> = new Set(["completed", "limited", "failed", "cancelled"]);

/** What joining the ledgers came to. */
export interface Verdict {
  readonly breaches: readonly Breach[];
  /** Calls that were told as of unknown fate, and rightly so. */
  readonly unknownReported: number;
  /** Repeats that were shown with their label where the platform drops none. */
  readonly labelledRepeats: number;
}

/** Joins the ledgers on the nonce and says which promises were broken. */
export function checkLedgers(ledgers: Ledgers): Verdict {
  const breaches: Breach[] = [];
  let unknownReported = 0;
  let labelledRepeats = 0;
  for (const message of ledgers.sent) {
    const turns = ledgers.turns.filter(({ nonce }) => nonce === message.nonce);
    breaches.push(...checkEnding(message, turns), ...checkReply(message, turns[0], ledgers), ...checkAnswer(message, turns, ledgers), ...checkCalls(message, turns, ledgers));
    unknownReported += turns.flatMap(({ calls }) => calls).filter(({ status }) => status === "unknown").length;
    labelledRepeats += ledgers.shown.filter(({ nonce, text }) => nonce === message.nonce && text.startsWith(repeatLabel)).length;
  }
  breaches.push(...checkOrder(ledgers), ...checkState(ledgers));
  return { breaches, unknownReported, labelledRepeats };
}

/** C1: what was acknowledged ends, and ends once. A sender that heard nothing and sends again under its key after the turn has failed begins a new attempt. */
function checkEnding({ nonce, acknowledged, mayFail }: SentMessage, attempts: readonly ToldTurn[]): readonly Breach[] {
  const last = attempts.map(({ turnId }) => turnId).toSorted().at(-1);
  const turns = mayFail ? attempts.filter(({ turnId, status }) => status !== "failed" || turnId === last) : attempts;
  const [turn] = turns;
  if (turn === undefined) return acknowledged ? [{ promise: "C1", kind: "lost", detail: `${nonce} was acknowledged and no turn knows it` }] : [];
  if (turns.length > 1) return [{ promise: "C1", kind: "ended-twice", detail: `${nonce} became ${turns.length} turns` }];
  if (!ended.has(turn.status)) return [{ promise: "C1", kind: "no-ending", detail: `${nonce} is still ${turn.status} (turn ${turn.turnId})` }];
  if (turn.status !== "completed" && !mayFail) return [{ promise: "C1", kind: "failed", detail: `${nonce} ended as ${turn.status} (turn ${turn.turnId}): ${turn.output}` }];
  return [];
}

/** What is said to only read is run again by every recovery, what breaks the process among it. */
const reading: ReadonlySet<CallKind> = new Set<CallKind>(["read", "crash", "throw"]);

/** C3: no effect twice, none that nobody is told of, and unknown is told as unknown. */
function checkCalls({ nonce }: SentMessage, turns: readonly ToldTurn[], ledgers: Ledgers): readonly Breach[] {
  const lines = ledgers.effects.filter((line) => line.nonce === nonce && !reading.has(line.effect));
  const counts = new Map([...Map.groupBy(lines, ({ step }) => step)].map(([step, own]) => [step, own.length]));
  const twice = [...counts].filter(([, count]) => count > 1).map(([step, count]): Breach => ({ promise: "C3", kind: "run-twice", detail: `call ${step} of ${nonce} had its effect ${count} times` }));
  const calls = turns.flatMap(({ calls: own, status }) => own.map((call) => ({ call, isGivenUp: status !== "completed" })));
  const isOver = turns.length > 0 && turns.every(({ status }) => ended.has(status));
  const told = new Set(calls.map(({ call }) => call.step));
  const untold = isOver ? [...counts.keys()].filter((step) => !told.has(step)).map((step): Breach => ({ promise: "C3", kind: "untold-effect", detail: `call ${step} of ${nonce} had its effect and is in no turn` })) : [];
  return [...twice, ...untold, ...calls.flatMap(({ call, isGivenUp }) => checkCall(call, { name: `call ${call.step} of ${nonce}`, count: counts.get(call.step) ?? 0, isGivenUp, kills: ledgers.kills.filter(({ isOrderly }) => !isOrderly).length })), ...turns.flatMap((turn) => checkTold(turn, ledgers))];
}

interface CallFacts {
  readonly name: string;
  /** How often its effect was seen. */
  readonly count: number;
  /** Its turn went no further, so what may be run again was not. */
  readonly isGivenUp: boolean;
  readonly kills: number;
}

function checkCall({ effect, status }: ToldCall, { name, count, isGivenUp, kills }: CallFacts): readonly Breach[] {
  if (status === "completed" && (effect === "once" || effect === "keyed") && count === 0) return [{ promise: "C3", kind: "effect-missing", detail: `${name} is told as completed and had no effect` }];
  if ((status === "failed" || status === "denied") && count > 0) return [{ promise: "C3", kind: "wrong-unknown", detail: `${name} is told as ${status} and had its effect` }];
  if (status !== "unknown") return [];
  if (kills === 0) return [{ promise: "C3", kind: "wrong-unknown", detail: `${name} is told as unknown and nothing was killed` }];
  if (effect !== "once" && !isGivenUp) return [{ promise: "C3", kind: "wrong-unknown", detail: `${name} may be run again and was told as unknown` }];
  return [];
}

/** The model of a turn that went on was told of each unknown call, and the answer says so. */
function checkTold({ nonce, status, calls, output }: ToldTurn, { asked }: Ledgers): readonly Breach[] {
  const unknown = calls.filter((call) => call.status === "unknown").length;
  if (unknown === 0 || status !== "completed") return [];
  const most = Math.max(0, ...asked.filter((request) => request.nonce === nonce).map((request) => request.unknown));
  if (most < unknown) return [{ promise: "C3", kind: "silent-unknown", detail: `${unknown} calls of ${nonce} are of unknown fate and the model was told of ${most}` }];
  return output.includes("unknown") ? [] : [{ promise: "C3", kind: "silent-unknown", detail: `the answer to ${nonce} does not say that a call is of unknown fate` }];
}

/** C5 and C6: the state is whole, and every start after a kill was quick. */
function checkState({ damage, restarts }: Ledgers): readonly Breach[] {
  const slow = restarts.filter(({ readyMs, idleNodeMs }) => readyMs > Math.max(mostReadyMs, mostIdleNodes * idleNodeMs));
  return [
    ...damage.map((detail): Breach => ({ promise: "C5", kind: "damaged", detail })),
    ...slow.map(({ readyMs, idleNodeMs }): Breach => ({ promise: "C6", kind: "slow-recovery", detail: `ready after ${Math.round(readyMs)} ms, a Node that does nothing took ${Math.round(idleNodeMs)} ms` })),
  ];
}
