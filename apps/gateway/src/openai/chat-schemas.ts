import type { JsonSchema } from "@omni/core";
import { flag, list, object, orNull, text, whole, word } from "../schemas/schema.ts";

/** The part of the protocol that means something here; whatever else a client sends is passed over. */
export const chatRequestSchema: JsonSchema = object({
  messages: { ...list(object({ role: word(["system", "developer", "user", "assistant", "tool", "function"]), "content?": { anyOf: [text(), list({ type: "object" }), { type: "null" }] } }), "The last one is of the person."), minItems: 1 },
  "model?": { ...text("omni is the agent with its own model; any other name is the model of this turn."), minLength: 1, maxLength: 256 },
  "stream?": flag(),
  "stream_options?": object({ "include_usage?": flag() }),
  "user?": text("Picks the session where there is no X-Session-Id: a session id of this entrance as it is, any other text one that follows from it. Without either each request is a conversation of its own."),
});

/** A whole answer. */
export const chatCompletionSchema: JsonSchema = object({
  id: text(),
  object: word(["chat.completion"]),
  created: whole("Unix seconds."),
  model: text(),
  choices: list(object({ index: whole(), message: object({ role: word(["assistant"]), content: text(), refusal: orNull(text()) }), finish_reason: word(["stop", "length"]) })),
  usage: object({ prompt_tokens: whole(), completion_tokens: whole(), total_tokens: whole() }),
});

/** One model. */
export const modelSchema: JsonSchema = object({ id: text(), object: word(["model"]), created: whole(), owned_by: text() });
