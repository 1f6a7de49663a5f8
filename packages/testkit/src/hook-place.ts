import type { Hook, JsonObject, ModelRequest, ToolResult } from "@omni/core";

/** A question put to a hook, in the form its method takes. */
export type HookQuestion =
  | { readonly point: "message"; readonly given: { readonly text: string } }
  | { readonly point: "modelCall"; readonly given: ModelRequest }
  | { readonly point: "toolCall"; readonly given: { readonly name: string; readonly arguments: JsonObject } }
  | { readonly point: "toolResult"; readonly given: { readonly name: string; readonly result: ToolResult } };

/** A hook, with the questions to which it has something to say. */
export interface HookPlace {
  readonly hook: Hook;
  /** Questions of your own, beside those of the kit: at least one that the hook vetoes, if it ever does, and one that it changes. */
  readonly questions: readonly HookQuestion[];
  dispose(): Promise<void>;
}
