import type { ContentBlock, DurableEvent, TurnOutcome } from "@omni/core";
import { OmniError } from "@omni/core";
import { unframe } from "@omni/runtime";
import { toText } from "./render/progress-line.ts";

/** What `omni tools call --json` prints. */
export interface ToolCallReport {
  readonly status: "completed" | "denied" | "needs-approval" | "failed";
  readonly isError: boolean;
  readonly content: readonly ContentBlock[];
  /** Why it was not run, or did not succeed. */
  readonly reason?: string;
}

/** What became of the one call of a turn, from what was recorded. */
export function toToolCallReport(events: readonly DurableEvent[], outcome: TurnOutcome): ToolCallReport {
  const result = events.find((event) => event.type === "tool-result");
  if (result === undefined) {
    const { code, message } = outcome.error ?? { code: "internal" as const, message: "The turn ended without running the tool." };
    throw new OmniError(code, message);
  }
  const { status } = result;
  const content = result.content.map((block) => (block.type === "text" ? { ...block, text: unframe(block.text) } : block));
  if (status === "completed") return { status, isError: false, content };
  const isUnanswered = events.some((event) => event.type === "answer" && (event.by === "nobody" || event.by === "timeout"));
  const told = status === "denied" ? (isUnanswered ? "needs-approval" : "denied") : "failed";
  return { status: told, isError: true, content, reason: toText(content).replace(/^Error \([\w.-]+\): /, "") };
}
