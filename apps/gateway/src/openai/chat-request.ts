import type { ContentBlock, ImageContent } from "@omni/core";
import { OmniError } from "@omni/core";
import type { JsonBody } from "../request-body.ts";
import { toFlagField, toTextField } from "../request-body.ts";

/** One message of a conversation as an OpenAI client sends it. */
export interface ChatMessage {
  readonly role: (typeof roles)[number];
  readonly text: string;
  readonly images: readonly ImageContent[];
}

/** A `POST /v1/chat/completions` as far as it means something here. */
export interface ChatRequest {
  /** As given; it is what the answer names too. */
  readonly model: string;
  /** At least one, and the last of them is of the person. */
  readonly messages: readonly ChatMessage[];
  readonly isStream: boolean;
  /** True when the stream ends with the usage. */
  readonly includesUsage: boolean;
  readonly user: string | undefined;
}

const roles = ["system", "developer", "user", "assistant", "tool", "function"] as const;

/** The name under which the agent itself is a model. */
export const agentModel = "omni";

/** Most messages of one conversation. */
const mostMessages = 10_000;

/** Reads the body. What would change the model's sampling, and tools of the client, are passed over: the agent decides. Throws `request.invalid`. */
export function toChatRequest(body: JsonBody): ChatRequest {
  const { messages, n, stream_options: options } = body;
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > mostMessages) throw invalid(`"messages" must be a list of 1 to ${mostMessages} messages.`);
  if (n !== undefined && n !== null && n !== 1) throw invalid('"n" must be 1: there is one answer.');
  const read = messages.map((message: unknown, index) => toChatMessage(message, `messages[${index}]`));
  if (read.at(-1)?.role !== "user") throw invalid("The last message must have the role user.");
  const model = toTextField(body, "model") ?? agentModel;
  if (model.trim() === "" || model.length > 256) throw invalid('"model" must have 1 to 256 characters.');
  const isObject = typeof options === "object" && options !== null;
  return { model, messages: read, isStream: toFlagField(body, "stream") ?? false, includesUsage: isObject && "include_usage" in options && options.include_usage === true, user: toTextField(body, "user") };
}

function toChatMessage(value: unknown, place: string): ChatMessage {
  if (typeof value !== "object" || value === null || !("role" in value)) throw invalid(`${place} must be an object with "role" and "content".`);
  const role = roles.find((known) => known === value.role);
  if (role === undefined) throw invalid(`${place}.role must be one of ${roles.join(", ")}.`);
  const content: unknown = "content" in value ? value.content : null;
  if (typeof content === "string") return { role, text: content, images: [] };
  if (content === null || content === undefined) return { role, text: "", images: [] };
  if (!Array.isArray(content)) throw invalid(`${place}.content must be a text or a list of parts.`);
  const parts = content.map((part: unknown, index) => toPart(part, `${place}.content[${index}]`));
  return {
    role,
    text: parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n"),
    images: parts.flatMap((part) => (part.type === "image" ? [part] : [])),
  };
}

function toPart(part: unknown, place: string): Extract<ContentBlock, { readonly type: "text" | "image" }> {
  if (typeof part === "object" && part !== null) {
    if ("text" in part && typeof part.text === "string") return { type: "text", text: part.text };
    if ("refusal" in part && typeof part.refusal === "string") return { type: "text", text: part.refusal };
    if ("image_url" in part) return toImage(part.image_url, place);
  }
  throw invalid(`${place} must be a text or an image_url.`);
}

/** Only pictures that come along: an address is not fetched for a client. */
function toImage(given: unknown, place: string): ImageContent {
  const url = typeof given === "object" && given !== null && "url" in given ? given.url : given;
  const found = typeof url === "string" ? /^data:(image\/[\w.+-]{1,64});base64,([A-Za-z0-9+/]+={0,2})$/.exec(url) : null;
  if (found === null) throw invalid(`${place} must be a picture as data:image/…;base64,…; an address is not fetched.`);
  return { type: "image", mimeType: found[1] ?? "", data: found[2] ?? "" };
}

function invalid(message: string): OmniError {
  return new OmniError("request.invalid", message);
}
