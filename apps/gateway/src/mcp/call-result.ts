import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { DurableEvent, OmniError, Principal, TurnOutcome } from "@omni/core";
import { toToldMessage, unframe } from "@omni/runtime";

/** How a call ended, beyond what `isError` says. */
type CallStatus = "completed" | "denied" | "needs-approval" | "failed" | "unknown";

/** The result of the one call of a turn, from what was recorded, as told to `principal`. `gaveUp`: it was stopped because nobody answered what it asked. */
export function toCallResult(events: readonly DurableEvent[], outcome: TurnOutcome, { gaveUp, principal }: { readonly gaveUp: boolean; readonly principal: Principal }): CallToolResult {
  const { turnId, error } = outcome;
  const result = events.find((event) => event.type === "tool-result");
  if (gaveUp) return toFailed("needs-approval", "ask.unanswered", `${result?.name ?? "The tool"} was not run to its end: it asked a person, and nobody answered in time.`, turnId);
  if (result === undefined) {
    return toFailed("failed", error?.code ?? "internal", error === null ? "The turn ended without running the tool." : toToldMessage(error, principal), turnId);
  }
  // Only a model of ours has to be told what is data: the client knows that a result is.
  const content = result.content.map((block) => (block.type === "text" ? { ...block, text: unframe(block.text) } : { ...block }));
  const isUnanswered = events.some((event) => event.type === "answer" && (event.by === "nobody" || event.by === "timeout"));
  const status = result.status === "denied" && isUnanswered ? "needs-approval" : result.status;
  return {
    content: content as CallToolResult["content"],
    ...(result.structuredContent === undefined ? {} : { structuredContent: result.structuredContent }),
    ...(status === "completed" ? {} : { isError: true }),
    _meta: toMeta(status, turnId),
  };
}

/** The result of a call that was not taken: it may be made again. */
export function toRefusedResult(error: OmniError, principal: Principal): CallToolResult {
  return toFailed("failed", error.code, toToldMessage(error, principal));
}

/** The result of a call that was taken and whose end cannot be told here: made again, it might have its effect twice. */
export function toTakenResult(error: OmniError, { turnId, principal }: { readonly turnId: string; readonly principal: Principal }): CallToolResult {
  return toFailed("unknown", error.code, `${toToldMessage(error, principal)} The call was taken as turn ${turnId}, whose record shows what comes of it; do not make it again.`, turnId);
}

function toFailed(status: CallStatus, code: string, message: string, turnId?: string): CallToolResult {
  return { content: [{ type: "text", text: `Error (${code}): ${message}` }], isError: true, _meta: toMeta(status, turnId) };
}

/** Where the call is recorded, and how it ended in one word. */
function toMeta(status: CallStatus, turnId: string | undefined): Record<string, string> {
  return { "omni/status": status, ...(turnId === undefined ? {} : { "omni/turn": turnId }) };
}
