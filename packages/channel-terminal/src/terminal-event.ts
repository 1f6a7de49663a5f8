import type { ToolCallStatus, TurnOutcome } from "@omni/core";

/** What a turn tells the person who watches it. All text in it may be a stranger's. */
export type TerminalEvent =
  /** A piece of the answer, Markdown. */
  | { readonly type: "text"; readonly text: string }
  /** The text so far is done with: calls follow, or the turn begins again. */
  | { readonly type: "break" }
  /** A tool begins to run. `detail` is its arguments on one line. */
  | { readonly type: "call"; readonly callId: string; readonly name: string; readonly detail: string }
  /** It has ended. `detail` is how much it gave, or why it failed. */
  | { readonly type: "result"; readonly callId: string; readonly name: string; readonly status: ToolCallStatus; readonly detail: string }
  /** What a running tool says meanwhile. */
  | { readonly type: "progress"; readonly callId?: string; readonly text: string }
  /** A remark that is no part of the answer. */
  | { readonly type: "note"; readonly text: string };

/** How a turn ended, as far as it is shown. */
export type TerminalOutcome = Pick<TurnOutcome, "status" | "output" | "error">;
