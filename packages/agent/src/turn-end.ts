import type { OmniErrorCode, TurnEndEvent, TurnEndStatus, TurnError } from "@omni/core";
import { isOmniError, toOmniError } from "@omni/core";
import type { TurnRun } from "./turn-run.ts";
import { sum } from "./token-cost.ts";

/** How a turn ends, in words. */
export interface Ending {
  readonly status: TurnEndStatus;
  readonly output: string;
  readonly error: TurnError | null;
}

/** The ending of a turn whose model has said its last word. */
export function toCompleted(output: string): Ending {
  return { status: "completed", output, error: null };
}

/** The ending of a turn that reached a limit: plain words for the person, the code for programs. */
export function toLimited(code: Extract<OmniErrorCode, "turn.limited" | "turn.timeout">, message: string, textSoFar = ""): Ending {
  const output = textSoFar.trim() === "" ? message : `${textSoFar.trimEnd()}\n\n${message}`;
  return { status: "limited", output, error: { code, message } };
}

/** The ending of a turn that broke or was stopped. */
export function toBroken(reason: unknown): Ending {
  const error = toOmniError(reason);
  const told: TurnError = { code: error.code, message: isOmniError(reason) ? error.message : "Something went wrong inside Omni; the log has the details." };
  if (error.code === "turn.cancelled") return { status: "cancelled", output: "", error: told };
  if (error.code === "turn.timeout") return toLimited("turn.timeout", error.message);
  return { status: "failed", output: "", error: told };
}

/** Tokens that the replies of a turn have taken so far; estimated where the endpoint reports none. */
export function toUsage({ journal, parts }: Pick<TurnRun, "journal" | "parts">): TurnEndEvent["usage"] {
  const replies = journal.replies();
  const estimated = new Map(journal.events.flatMap((event) => (event.type === "model-call" ? [[event.round, event.estimatedTokens] as const] : [])));
  return {
    inputTokens: sum(replies.map((reply) => (reply.usage.reported ? reply.usage.inputTokens : (estimated.get(reply.round) ?? 0)))),
    outputTokens: sum(replies.map((reply) => (reply.usage.reported ? reply.usage.outputTokens : parts.tokens.count(reply.text)))),
  };
}

/** The last event of a turn, with its numbers. */
export function toTurnEnd(ending: Ending, tokens: number, run: TurnRun): TurnEndEvent {
  const { journal, input, parts } = run;
  const results = journal.events.filter((event) => event.type === "tool-result");
  return {
    type: "turn-end",
    ...ending,
    sessionId: input.sessionId,
    turnId: input.turnId,
    rounds: journal.replies().length,
    toolCalls: results.map((result) => ({ name: result.name, status: result.status })),
    usage: toUsage(run),
    tokens,
    at: parts.clock.now(),
  };
}
