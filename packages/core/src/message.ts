import type { ContentBlock } from "./content.ts";

/**
 * A call the model asked for. `arguments` is the raw text the model wrote: it
 * may be invalid JSON, and whoever runs the call must say so to the model.
 */
export interface ToolCall {
  /** Unique within one model reply; the provider makes ids unique where the wire repeats them. */
  readonly id: string;
  /** The tool's full name (`files.read`), already translated back from the wire. */
  readonly name: string;
  /** JSON text of the arguments as the model wrote it. */
  readonly arguments: string;
}

/** What a person (or the frame around a person's words) says. */
export interface UserMessage {
  readonly role: "user";
  readonly content: readonly ContentBlock[];
}

/** What the model said: text and all calls of one reply together. */
export interface AssistantMessage {
  readonly role: "assistant";
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
}

/** The result of one call, sent back to the model. */
export interface ToolMessage {
  readonly role: "tool";
  readonly callId: string;
  readonly name: string;
  readonly content: readonly ContentBlock[];
  readonly isError: boolean;
}

/** One message of the conversation that a model is shown. */
export type Message = UserMessage | AssistantMessage | ToolMessage;
