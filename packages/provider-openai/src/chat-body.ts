import type { ModelRequest } from "@omni/core";
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import type { NameTable } from "./name-table.ts";
import type { OpenAIProviderOptions } from "./options.ts";
import { createNameTable } from "./name-table.ts";
import { openAIBaseUrl } from "./options.ts";
import { toChatMessages } from "./chat-messages.ts";

/** A request as the wire takes it, and the names to read its reply with. */
export interface ChatRequest {
  readonly body: ChatCompletionCreateParamsStreaming;
  readonly names: NameTable;
}

/** Writes a request for `/chat/completions`. The same request gives the same bytes, so that caches hold. */
export function toChatRequest(request: ModelRequest, model: string, options: OpenAIProviderOptions): ChatRequest {
  const names = createNameTable(request.tools.map((tool) => tool.name));
  const tools = request.tools.map((tool) => ({
    type: "function" as const,
    function: { name: names.toWire(tool.name), description: tool.description, parameters: { ...tool.inputSchema } },
  }));
  const limit = request.maxOutputTokens ?? options.maxOutputTokens;
  const body: ChatCompletionCreateParamsStreaming = {
    model,
    messages: toChatMessages(request.system, request.messages, names),
    ...(tools.length === 0 ? {} : { tools }),
    ...(limit === undefined ? {} : toLimit(limit, options)),
    ...(options.reasoningEffort === undefined ? {} : { reasoning_effort: options.reasoningEffort }),
    stream: true,
    stream_options: { include_usage: true },
  };
  return { body, names };
}

/** OpenAI's newer models take `max_completion_tokens` only; many compatible servers know `max_tokens` only. */
function toLimit(limit: number, options: OpenAIProviderOptions): Partial<ChatCompletionCreateParamsStreaming> {
  return (options.baseUrl ?? openAIBaseUrl) === openAIBaseUrl ? { max_completion_tokens: limit } : { max_tokens: limit };
}
