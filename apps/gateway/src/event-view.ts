import type { Principal } from "@omni/core";
import type { LiveEvent } from "@omni/runtime";
import { toAnswerView, toLineCount, toPreview } from "./turn-view.ts";
import { toAskEventView } from "./ask-view.ts";

/** Who is told of a turn's events. */
export interface EventViewContext {
  readonly principal: Principal;
  readonly requestId: string;
}

/** The data of an event as every stream shows it, over server-sent events and over WebSockets; undefined for one that is not shown. */
export function toEventData(event: LiveEvent["event"], context: EventViewContext): object | undefined {
  switch (event.type) {
    case "turn-start":
      return { turn_id: event.turnId, session_id: event.sessionId };
    case "text-delta":
      return { text: event.text };
    case "tool-call":
      return { call_id: event.callId, name: event.name, arguments: event.arguments };
    case "tool-result":
      return { call_id: event.callId, name: event.name, status: event.status, preview: toPreview(event.content), lines: toLineCount(event.content) };
    case "progress":
      return { call_id: event.callId, text: event.text };
    case "trim":
      return { tokens_before: event.tokensBefore, tokens_after: event.tokensAfter };
    case "answer":
      return { ask_id: event.askId, decision: event.decision };
    case "ask":
      return toAskEventView(event);
    case "text-reset":
      return { reason: event.reason };
    case "turn-end":
      return toAnswerView(event, context.principal, context.requestId);
    default:
      return undefined;
  }
}
