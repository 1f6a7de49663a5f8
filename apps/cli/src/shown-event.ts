import type { ContentBlock, JsonObject, ToolCallStatus } from "@omni/core";
import type { TurnEvent } from "@omni/client";
import type { LiveEvent } from "@omni/runtime";

/** What is shown of a turn while it runs: the live events of a runtime are this as they are, those of a gateway by `toShownEvent`. */
export type ShownEvent =
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "text-reset"; readonly reason: "recovered" | "lagged" }
  | { readonly type: "model-reply"; readonly calls: readonly unknown[] }
  | { readonly type: "tool-call"; readonly callId?: string; readonly name: string; readonly arguments: JsonObject }
  | ShownResult
  | { readonly type: "progress"; readonly callId?: string; readonly text: string }
  | { readonly type: "trim"; readonly tokensBefore: number; readonly tokensAfter: number }
  | { readonly type: "ask" }
  /** A remark on the turn that is none of the turn's own. */
  | { readonly type: "note"; readonly text: string }
  /** Of these nothing is shown. */
  | { readonly type: "turn-start" | "park" | "prompt" | "model-call" | "step" | "steer" | "answer" | "turn-end" | "reasoning-delta" };

/** A call has ended. */
export interface ShownResult {
  readonly type: "tool-result";
  readonly callId?: string;
  readonly name: string;
  readonly status: ToolCallStatus;
  /** All of it, or its beginning where `lines` is there. */
  readonly content: readonly ContentBlock[];
  /** Lines of the whole text, where `content` is its beginning. */
  readonly lines?: number | "unknown";
}

/** One event to show, as a runtime gives them. */
export interface ShownLiveEvent extends Pick<LiveEvent, "id"> {
  readonly event: ShownEvent;
}

/** Characters of a result that a gateway shows: a preview of so many may have been cut. */
const previewCharacters = 200;

/** An event of a gateway as it is shown. */
export function toShownEvent(event: TurnEvent): ShownEvent {
  if (event.type !== "tool-result") return event;
  const { type, callId, name, status, preview } = event;
  const lines = event.lines ?? (Array.from(preview).length < previewCharacters ? undefined : "unknown");
  return { type, callId, name, status, content: [{ type: "text", text: preview }], ...(lines === undefined ? {} : { lines }) };
}
