// Yours to write, at most 40 lines of code: what is posted to your endpoint, and the text of its answer.
// What stands here works and passes the kit; put your own in its place.

import type { ContentBlock, FinishReason, JsonObject, Message, ModelInfo, ModelRequest } from "@omni/core";

/** The model that is asked where a request names none. */
export const model: ModelInfo = { id: "__name__", contextTokens: 8_000 };

/** What one line of a reply says. */
export type Piece =
  | { readonly type: "text-delta" | "reasoning-delta"; readonly text: string }
  | { readonly type: "call"; readonly id: string; readonly name: string; readonly arguments: string }
  | { readonly type: "end"; readonly reason: FinishReason; readonly inputTokens: unknown; readonly outputTokens: unknown };

/** What is posted for one model call. The request's tools have names that the wire takes. */
export function toBody({ model: id, system, messages, tools, maxOutputTokens: most }: ModelRequest): JsonObject {
  const offered = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  return { model: id, system, letters: messages.map(toLetter), tools: offered, ...(most === undefined ? {} : { most }) };
}

function toLetter(message: Message): JsonObject {
  if (message.role === "assistant") return { from: "model", text: message.text, calls: message.toolCalls.map(({ id, name, arguments: words }) => ({ id, name, arguments: words })) };
  const parts = message.content.map(toPart);
  return message.role === "user" ? { from: "person", parts } : { from: "tool", call: message.callId, failed: message.isError, parts };
}

function toPart(block: ContentBlock): JsonObject {
  if (block.type === "text") return { text: block.text };
  if (block.type === "image") return { picture: block.data, kind: block.mimeType };
  return { text: block.type === "resource" ? (block.resource.text ?? block.resource.uri) : `[${block.type}]` };
}

/** What a line says; undefined for one that says nothing to us. */
export function toPiece({ text, thought, call, end, used }: JsonObject): Piece | undefined {
  if (typeof text === "string") return { type: "text-delta", text };
  if (typeof thought === "string") return { type: "reasoning-delta", text: thought };
  if (isObject(call)) return { type: "call", id: String(call["id"] ?? ""), name: String(call["name"]), arguments: String(call["arguments"]) };
  const reason = (["stop", "length", "content-filter", "tool-calls"] as const).find((each) => each === end) ?? "other";
  const { input, output } = isObject(used) ? used : {};
  return end === undefined ? undefined : { type: "end", reason, inputTokens: input, outputTokens: output };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null;
}
