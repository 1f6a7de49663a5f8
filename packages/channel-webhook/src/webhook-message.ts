import type { InboundMessage } from "@omni/core";

/** Most characters of an id, a conversation and a sender. */
const mostCharacters = 200;

/** A message, or what is wrong with the body. */
export type ReadMessage = { readonly message: InboundMessage } | { readonly fault: string };

/** Reads `{ id, conversation, sender, text, at? }`. Fields it does not know are passed over. `signedAt` stands for a time that is not said. */
export function readMessage(body: Uint8Array, signedAt: number): ReadMessage {
  const given = parse(body);
  if (given === undefined) return { fault: "The body must be one JSON object in UTF-8." };
  const { id, conversation, sender, text, at = signedAt } = given;
  if (typeof id !== "string" || !/^[\x21-\x7e]+$/.test(id) || id.length > mostCharacters) return { fault: `"id" must be 1 to ${mostCharacters} visible ASCII characters, others for each message.` };
  if (!isName(conversation)) return { fault: `"conversation" must be 1 to ${mostCharacters} characters without white space.` };
  if (!isName(sender)) return { fault: `"sender" must be 1 to ${mostCharacters} characters without white space.` };
  if (typeof text !== "string") return { fault: '"text" must be a string.' };
  if (typeof at !== "number" || !Number.isFinite(at) || at < 0) return { fault: '"at" must be a time in Unix milliseconds.' };
  return { message: { platformId: id, conversation, sender, content: [{ type: "text", text }], at } };
}

function parse(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= mostCharacters && /^[^\s\u0000-\u001f\u007f]+$/.test(value) && value.isWellFormed();
}
