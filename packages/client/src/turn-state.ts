import type { ToolCallStatus, TurnEndStatus, TurnOutcome, TurnStatus } from "@omni/core";
import type { OpenAsk } from "./open-ask.ts";
import type { WireObject } from "./wire-object.ts";
import { toErrorCode } from "./gateway-error.ts";
import { toOpenAsks } from "./open-ask.ts";

/** A turn that has not ended. */
export interface UnfinishedTurn {
  /** `queued` also where the gateway said no more than that the turn goes on. */
  readonly status: Exclude<TurnStatus, TurnEndStatus>;
  readonly turnId: string;
  readonly sessionId: string;
  /** What it waits for. */
  readonly asks: readonly OpenAsk[];
}

/** How a turn stands: how it ended, or that it has not. */
export type TurnState = TurnOutcome | UnfinishedTurn;

/** Every status of a turn. */
export const turnStatuses: readonly TurnStatus[] = ["queued", "running", "waiting", "completed", "limited", "failed", "cancelled"];

const callStatuses: readonly ToolCallStatus[] = ["completed", "failed", "denied", "unknown"];

/** How a call has ended: `unknown` also where a newer gateway has another word for it. */
export function toCallStatus(wire: WireObject): ToolCallStatus {
  return wire.word("status", callStatuses, "unknown");
}

/** True for the end of a turn. */
export function isEnded(state: TurnState): state is TurnOutcome {
  return "output" in state;
}

/** A turn as the gateway tells it. Throws `egress.failed` where it is none. */
export function toTurnState(wire: WireObject): TurnState {
  const status = wire.word("status", turnStatuses);
  if (status === "queued" || status === "running" || status === "waiting") {
    const asks = wire.raw["asks"] === undefined ? [] : toOpenAsks(wire.objects("asks"));
    return { status, turnId: wire.text("turn_id"), sessionId: wire.text("session_id"), asks };
  }
  return toTurnOutcome(wire, status);
}

function toTurnOutcome(wire: WireObject, status: TurnEndStatus): TurnOutcome {
  const usage = wire.object("usage");
  const error = wire.optionalObject("error");
  return {
    status,
    sessionId: wire.text("session_id"),
    turnId: wire.text("turn_id"),
    output: wire.text("output"),
    rounds: wire.number("rounds"),
    toolCalls: wire.objects("tool_calls").map((call) => ({ name: call.text("name"), status: toCallStatus(call) })),
    usage: { inputTokens: usage.number("input_tokens"), outputTokens: usage.number("output_tokens") },
    error: error === undefined ? null : { code: toErrorCode(error.text("code")), message: error.text("message") },
  };
}
