import type { JsonObject, ToolCallStatus, TurnOutcome } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AskView } from "./open-ask.ts";
import { isEnded, toCallStatus, toTurnState } from "./turn-state.ts";
import type { WireObject } from "./wire-object.ts";
import { parseWireObject } from "./wire-object.ts";
import { toAskView } from "./open-ask.ts";

/** What a turn tells while it runs. */
export type TurnEvent =
  | { readonly type: "turn-start"; readonly turnId: string; readonly sessionId: string }
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "tool-call"; readonly callId: string; readonly name: string; readonly arguments: JsonObject }
  | ToolResultEvent
  | { readonly type: "ask"; readonly ask: AskView }
  /** An ask is no longer open: somebody answered it, or its time ran out. */
  | { readonly type: "answer"; readonly askId: string }
  | { readonly type: "progress"; readonly callId: string; readonly text: string }
  /** The context was over budget and was cut. */
  | { readonly type: "trim"; readonly tokensBefore: number; readonly tokensAfter: number }
  /** The text so far no longer counts. */
  | { readonly type: "text-reset"; readonly reason: "recovered" | "lagged" }
  /** The end, always authoritative. */
  | { readonly type: "turn-end"; readonly outcome: TurnOutcome };

/** A call has ended. */
export interface ToolResultEvent {
  readonly type: "tool-result";
  readonly callId: string;
  readonly name: string;
  /** `unknown` also where a newer gateway has another word for it. */
  readonly status: ToolCallStatus;
  /** The first 200 characters of the result. */
  readonly preview: string;
  /** Lines of the whole result, where the gateway tells them. */
  readonly lines?: number;
}

/** The event of this name with this data; undefined for one that is not known here, or an ask of a kind that is not, which a newer gateway may send. Throws `egress.failed` for data that does not fit. */
export function toTurnEvent(name: string, data: string | WireObject): TurnEvent | undefined {
  const read = readers.get(name);
  return read?.(typeof data === "string" ? parseWireObject(data) : data);
}

const readers: ReadonlyMap<string, (wire: WireObject) => TurnEvent | undefined> = new Map<string, (wire: WireObject) => TurnEvent | undefined>([
  ["turn-start", (wire) => ({ type: "turn-start", turnId: wire.text("turn_id"), sessionId: wire.text("session_id") })],
  ["text-delta", (wire) => ({ type: "text-delta", text: wire.text("text") })],
  ["tool-call", (wire) => ({ type: "tool-call", callId: wire.text("call_id"), name: wire.text("name"), arguments: wire.object("arguments").raw })],
  ["tool-result", toToolResult],
  ["ask", toAsk],
  ["answer", (wire) => ({ type: "answer", askId: wire.text("ask_id") })],
  ["progress", (wire) => ({ type: "progress", callId: wire.text("call_id"), text: wire.text("text") })],
  ["trim", (wire) => ({ type: "trim", tokensBefore: wire.number("tokens_before"), tokensAfter: wire.number("tokens_after") })],
  ["text-reset", (wire) => ({ type: "text-reset", reason: wire.word("reason", ["recovered", "lagged"], "recovered") })],
  ["turn-end", toTurnEnd],
]);

function toAsk(wire: WireObject): TurnEvent | undefined {
  const ask = toAskView(wire);
  return ask === undefined ? undefined : { type: "ask", ask };
}

function toToolResult(wire: WireObject): ToolResultEvent {
  const lines = wire.optionalNumber("lines");
  return {
    type: "tool-result",
    callId: wire.text("call_id"),
    name: wire.text("name"),
    status: toCallStatus(wire),
    preview: wire.text("preview"),
    ...(lines === undefined ? {} : { lines }),
  };
}

function toTurnEnd(wire: WireObject): TurnEvent {
  const outcome = toTurnState(wire);
  if (!isEnded(outcome)) throw new OmniError("egress.failed", `The gateway ended the stream of a turn that is ${outcome.status}.`);
  return { type: "turn-end", outcome };
}
