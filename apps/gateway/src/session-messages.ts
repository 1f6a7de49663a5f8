import type { JsonObject, ToolCallStatus, TurnRecord, TurnStatus } from "@omni/core";
import type { OpenAsk, TurnView } from "@omni/runtime";
import { toLineCount, toPreview, toTurnStatus } from "./turn-view.ts";

/** One side of a turn, as `GET /sessions/:id/messages` shows it. */
export type SessionMessageView = PersonMessageView | AssistantMessageView;

/** What the person said. */
export interface PersonMessageView {
  readonly role: "user";
  readonly text: string;
  readonly turn_id: string;
  /** ISO 8601; when it was taken. */
  readonly at: string;
}

/** What was answered, with the calls that led there. */
export interface AssistantMessageView {
  readonly role: "assistant";
  /** Empty while there is none. */
  readonly text: string;
  readonly turn_id: string;
  /** ISO 8601; null while it has not ended. */
  readonly at: string | null;
  readonly status: TurnStatus;
  readonly tool_calls: readonly { readonly name: string; readonly arguments: JsonObject; readonly status: ToolCallStatus | "running"; readonly preview: string; readonly lines: number }[];
}

/** Both sides of a turn, the person's first. */
export function toSessionMessages(record: TurnRecord, view: TurnView, asks: readonly OpenAsk[]): readonly [PersonMessageView, AssistantMessageView] {
  const { turnId, at } = record.input;
  return [
    { role: "user", text: view.user, turn_id: turnId, at: new Date(at).toISOString() },
    {
      role: "assistant",
      text: view.output,
      turn_id: turnId,
      at: record.endedAt === null ? null : new Date(record.endedAt).toISOString(),
      status: toTurnStatus(record, asks),
      tool_calls: view.toolCalls.map(({ name, arguments: given, status, content }) => ({ name, arguments: given, status, preview: toPreview(content), lines: toLineCount(content) })),
    },
  ];
}
