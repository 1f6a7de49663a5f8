import type { AskEvent, JsonObject } from "@omni/core";
import type { OpenAsk } from "@omni/runtime";

/** A question to a person: the data of the event `ask`. */
export interface AskEventView {
  readonly ask_id: string;
  readonly kind: "approval" | "question";
  readonly tool: string;
  readonly arguments: JsonObject;
  /** Why the policy asks, or that the tool does. */
  readonly reason: string;
  readonly question?: string;
  readonly choices?: readonly string[];
  /** ISO 8601. */
  readonly expires_at: string;
}

/** An open ask with where it belongs. */
export interface AskView extends AskEventView {
  readonly turn_id: string;
  readonly session_id: string;
}

/** An ask as a stream shows it. */
export function toAskEventView(ask: AskEvent): AskEventView {
  return {
    ask_id: ask.askId,
    kind: ask.kind,
    tool: ask.tool,
    arguments: ask.arguments,
    reason: ask.reason,
    ...(ask.question === undefined ? {} : { question: ask.question }),
    ...(ask.choices === undefined ? {} : { choices: ask.choices }),
    expires_at: new Date(ask.expiresAt).toISOString(),
  };
}

/** An open ask as the routes show it. */
export function toAskView(open: OpenAsk): AskView {
  return { ...toAskEventView(open.ask), turn_id: open.turnId, session_id: open.sessionId };
}
