import type { JsonSchema } from "./json.ts";
import type { Message, ToolCall } from "./message.ts";

/** What a tool looks like to the model. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  /** True where a call changes nothing; a provider without a model may only pick such tools. */
  readonly readOnly: boolean;
}

/** Tokens of one model call. Counts are never negative; unknown counts are 0 and `reported` is false. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Part of `inputTokens` that the provider served from its cache. */
  readonly cachedInputTokens?: number;
  /** False where the numbers are an estimate or missing. */
  readonly reported: boolean;
}

/** One model call. */
export interface ModelRequest {
  /** The model's id, or undefined for the provider's own default. */
  readonly model?: string;
  /** Instructions; byte-stable from call to call so that caches hold. */
  readonly system: string;
  readonly messages: readonly Message[];
  /** In a stable order; empty when the turn may call nothing. */
  readonly tools: readonly ToolDefinition[];
  /** Most tokens the reply may have; the provider's default when absent. */
  readonly maxOutputTokens?: number;
}

/** Why a reply ended. `length` and `content-filter` replies are incomplete and the loop says so. */
export type FinishReason = "stop" | "tool-calls" | "length" | "content-filter" | "other";

/** One piece of a streamed reply. The last event of a successful stream is `finish`. */
export type ModelEvent =
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "reasoning-delta"; readonly text: string }
  | { readonly type: "tool-call"; readonly call: ToolCall }
  | { readonly type: "finish"; readonly reason: FinishReason; readonly usage: Usage; readonly model?: string };

/** A model a provider offers. */
export interface ModelInfo {
  readonly id: string;
  /** Tokens of input and output together; absent where unknown. */
  readonly contextTokens?: number;
}

/**
 * A source of model replies.
 *
 * Obligations of an implementer:
 * - `stream` yields deltas as they arrive, each tool call once and whole, and
 *   ends with exactly one `finish`. A stream that breaks before `finish`
 *   throws; it never ends quietly, and no partial tool call is yielded.
 * - A failure is an `OmniError` with a `provider.*` code whose `retryable`
 *   says whether asking again may help. Retries happen inside, and never
 *   after a delta was yielded.
 * - Aborting `signal` ends the stream promptly with code `turn.cancelled`,
 *   and closes the connection.
 * - Tool names with characters a wire does not take are translated both ways
 *   within one request; the loop sees full names only.
 * - Reasoning is yielded as `reasoning-delta`, never inside the text.
 */
export interface Provider {
  /** Streams one reply. */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** The models on offer; empty where the endpoint does not say. */
  models(signal: AbortSignal): Promise<readonly ModelInfo[]>;
  /** The model used when a request names none; may ask the endpoint once. */
  defaultModel(signal: AbortSignal): Promise<ModelInfo>;
  /** Frees connections. Idempotent. */
  close(): Promise<void>;
}
