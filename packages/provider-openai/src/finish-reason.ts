import type { FinishReason } from "@omni/core";

/** What the end of a whole reply is called, with calls or without, and of one that its length or a filter cut. */
type Meaning = Extract<FinishReason, "stop" | "length" | "content-filter">;

/** Words besides OpenAI's own are those of TGI, Together and watsonx, and of Anthropic, Gemini, Cohere, Bedrock, Mistral and GLM, which gateways pass on as they are. */
const words: Readonly<Record<Meaning, readonly string[]>> = {
  stop: ["stop", "tool_calls", "function_call", "tool_call", "tool_use", "end_turn", "eos", "eos_token", "stop_sequence", "complete", "completed", "done", "finished"],
  length: ["length", "max_tokens", "max_output_tokens", "max_length", "model_length", "token_limit", "model_context_window_exceeded"],
  "content-filter": ["content_filter", "content_filtered", "safety", "sensitive", "refusal", "recitation", "blocklist", "prohibited_content", "spii", "guardrail_intervened"],
};

const meanings: ReadonlyMap<string, Meaning> = new Map((["stop", "length", "content-filter"] as const).flatMap((meaning) => words[meaning].map((word) => [word, meaning] as const)));

/**
 * What the wire's word for the end of a reply means, in capitals or not, with
 * details after it or none. Undefined for one that is not known to end a whole
 * reply, such as `insufficient_system_resource` or `abort`. Some servers say
 * `stop` where there are calls, and `tool_calls` where there are none.
 */
export function toFinishReason(word: string, hasCalls: boolean): FinishReason | undefined {
  const meaning = meanings.get((/^[\w-]+/.exec(word.trim())?.[0] ?? "").toLowerCase().replaceAll("-", "_"));
  return meaning === "stop" && hasCalls ? "tool-calls" : meaning;
}
