import type { JsonObject } from "./json.ts";
import type { ModelRequest } from "./provider.ts";
import type { ToolResult } from "./tool.ts";

/** Which turn a hook is looking at. */
export interface HookContext {
  readonly sessionId: string;
  readonly turnId: string;
  readonly signal: AbortSignal;
}

/** A veto, with the reason the model or the person reads. */
export interface HookVeto {
  readonly veto: string;
}

/**
 * Watches, changes or vetoes. Hooks are an ordered list; each sees what the
 * one before it made. Returning `undefined` changes nothing. A hook that
 * throws counts as a veto of tool calls and messages, and as no change of
 * model calls and results, with a logged error: it never breaks the loop.
 */
export interface Hook {
  /** Around a message, before it becomes a turn's prompt or joins a turn that runs. One that is refused there is told of without its words. */
  message?(message: { readonly text: string }, context: HookContext): Promise<{ readonly text: string } | HookVeto | undefined>;
  /** Before each model call. */
  modelCall?(request: ModelRequest, context: HookContext): Promise<ModelRequest | HookVeto | undefined>;
  /** Before each tool call, after its arguments were validated and before the policy judges them. */
  toolCall?(call: { readonly name: string; readonly arguments: JsonObject }, context: HookContext): Promise<{ readonly arguments: JsonObject } | HookVeto | undefined>;
  /** After each tool call. */
  toolResult?(result: { readonly name: string; readonly result: ToolResult }, context: HookContext): Promise<ToolResult | undefined>;
  close?(): Promise<void>;
}
