import type { ModelInfo } from "@omni/core";
import { isLoose } from "./read-json.ts";
import type { Loose } from "./read-json.ts";
import { toKnownContext } from "./known-models.ts";

/**
 * The models of a `/models` answer, in its order. The context's size comes
 * from whichever field the server gives it in: LM Studio
 * `loaded_context_length` and `max_context_length`, OpenRouter and Together
 * `context_length`, vLLM `max_model_len`, Groq `context_window`, llama.cpp
 * `meta.n_ctx`; else from the table of known models.
 */
export function toModels(value: unknown): readonly ModelInfo[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : isLoose(value) && Array.isArray(value.data) ? value.data : [];
  return entries.filter(isLoose).flatMap((entry) => {
    if (typeof entry.id !== "string" || entry.id === "") return [];
    const contextTokens = toContext(entry) ?? toKnownContext(entry.id);
    return [{ id: entry.id, ...(contextTokens === undefined ? {} : { contextTokens }) }];
  });
}

function toContext(entry: Loose): number | undefined {
  const meta = isLoose(entry.meta) ? entry.meta.n_ctx : undefined;
  const fields = [entry.loaded_context_length, entry.context_length, entry.max_model_len, entry.context_window, entry.max_context_length, meta];
  return fields.find((each): each is number => typeof each === "number" && Number.isInteger(each) && each > 0);
}
