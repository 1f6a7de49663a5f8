import type { ContentBlock, Principal, TurnEndStatus, TurnOutcome, TurnRecord, TurnStatus } from "@omni/core";
import type { OpenAsk } from "@omni/runtime";
import { toToldMessage, unframe } from "@omni/runtime";
import type { AskView } from "./ask-view.ts";
import { statusOfOutcome } from "./status-of-error.ts";
import { toAskView } from "./ask-view.ts";

/** The error of a turn as told over HTTP; with the id of the request where the answer's status says error too. */
export interface ErrorView {
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
}

/** The JSON answer of `POST /message`, and the data of the event `turn-end`. */
export interface AnswerView {
  readonly output: string;
  readonly session_id: string;
  readonly turn_id: string;
  readonly status: TurnEndStatus;
  readonly rounds: number;
  readonly tool_calls: TurnOutcome["toolCalls"];
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
  readonly error: ErrorView | null;
}

/** A turn as `GET /turns/:id` shows it. */
export interface TurnView extends Omit<AnswerView, "status"> {
  readonly status: TurnStatus;
  /** What it waits for; only while it does. */
  readonly asks?: readonly AskView[];
}

/** The answer a turn ended with, as told to `principal`. */
export function toAnswerView(outcome: TurnOutcome, principal: Principal, requestId: string): AnswerView {
  const { error } = outcome;
  const isFault = statusOfOutcome(outcome) >= 400;
  return {
    output: outcome.output,
    session_id: outcome.sessionId,
    turn_id: outcome.turnId,
    status: outcome.status,
    rounds: outcome.rounds,
    tool_calls: outcome.toolCalls.map(({ name, status }) => ({ name, status })),
    usage: { input_tokens: outcome.usage.inputTokens, output_tokens: outcome.usage.outputTokens },
    error: error === null ? null : { code: error.code, message: toToldMessage(error, principal), ...(isFault ? { requestId } : {}) },
  };
}

/** A turn as it stands. Output, calls and usage come with its end. */
export function toTurnView(record: TurnRecord, asks: readonly OpenAsk[], context: { readonly principal: Principal; readonly requestId: string }): TurnView {
  if (record.outcome !== null) return toAnswerView(record.outcome, context.principal, context.requestId);
  const status = toTurnStatus(record, asks);
  const open = asks.filter((each) => each.turnId === record.input.turnId).map(toAskView);
  return {
    output: "",
    session_id: record.input.sessionId,
    turn_id: record.input.turnId,
    status,
    rounds: 0,
    tool_calls: [],
    usage: { input_tokens: 0, output_tokens: 0 },
    error: null,
    ...(status === "waiting" && open.length > 0 ? { asks: open } : {}),
  };
}

/** Where a turn stands: a running one with an open ask waits. */
export function toTurnStatus(record: TurnRecord, asks: readonly OpenAsk[]): TurnStatus {
  if (record.outcome !== null) return record.outcome.status;
  return asks.some((each) => each.turnId === record.input.turnId) ? "waiting" : record.status;
}

/** Most characters (code points) of a result that a stream shows. */
const previewCharacters = 200;

/** The texts of a result as its tool gave them; what is no text is named in brackets. */
function toText(content: readonly ContentBlock[]): string {
  return content.map((block) => (block.type === "text" ? unframe(block.text) : `[${block.type}]`)).join("\n");
}

/** Lines of a whole result. */
export function toLineCount(content: readonly ContentBlock[]): number {
  const text = toText(content).trimEnd();
  return text === "" ? 0 : text.split("\n").length;
}

/** The beginning of a result, for people who watch. */
export function toPreview(content: readonly ContentBlock[]): string {
  const text = toText(content);
  return Array.from(text.slice(0, previewCharacters * 2)).slice(0, previewCharacters).join("");
}
