import type { ToolResult } from "@omni/core";

/** A failure the model reads: what happened and what to do about it. */
export function toFailedResult(text: string): ToolResult {
  return { content: [{ type: "text", text }], isError: true };
}
