import type { Usage } from "@omni/core";
import { isLoose } from "./read-json.ts";

/** What is said where an endpoint says nothing, or nonsense. */
export const unknownUsage: Usage = { inputTokens: 0, outputTokens: 0, reported: false };

/** Reads the wire's usage; undefined where it is missing, negative or no number. */
export function toUsage(value: unknown): Usage | undefined {
  if (!isLoose(value)) return undefined;
  const inputTokens = toCount(value.prompt_tokens);
  const outputTokens = toCount(value.completion_tokens);
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const details = isLoose(value.prompt_tokens_details) ? value.prompt_tokens_details.cached_tokens : undefined;
  const cached = toCount(details ?? value.prompt_cache_hit_tokens);
  return { inputTokens, outputTokens, ...(cached === undefined ? {} : { cachedInputTokens: Math.min(cached, inputTokens) }), reported: true };
}

function toCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.floor(value) : undefined;
}
