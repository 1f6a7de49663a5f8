import type { IncomingMessage } from "@omni/runtime";
import type { ChatMessage, ChatRequest } from "./chat-request.ts";

/** What a role is called in a conversation that is retold. */
const speakers: Readonly<Record<ChatMessage["role"], string>> = { system: "", developer: "", user: "Person", assistant: "Assistant", tool: "Result of a tool", function: "Result of a tool" };

/**
 * What a session is told of a request. OpenAI clients send the whole
 * conversation each time: a session that is new is told all of it, one that
 * knows it already only what the person has said since the last answer.
 */
export function toTold({ messages }: ChatRequest, isNew: boolean): Pick<IncomingMessage, "text" | "attachments"> {
  const last = messages.findLastIndex(({ role }) => role !== "user");
  const newest = messages.slice(last + 1);
  const text = newest.map((message) => message.text).join("\n\n");
  const images = newest.flatMap((message) => message.images);
  const before = isNew ? toRetold(messages.slice(0, last + 1)) : "";
  return { text: before === "" ? text : `${before}\n\nNow the person says:\n\n${text}`, ...(images.length === 0 ? {} : { attachments: images }) };
}

function toRetold(messages: readonly ChatMessage[]): string {
  const isInstruction = ({ role }: ChatMessage): boolean => speakers[role] === "";
  const said = messages.filter(({ text }) => text.trim() !== "");
  const instructions = said.filter(isInstruction).map(({ text }) => text);
  const turns = said.filter((message) => !isInstruction(message)).map(({ role, text }) => `${speakers[role]}: ${text}`);
  return [
    ...(instructions.length === 0 ? [] : ["Instructions that come with this conversation:", ...instructions]),
    ...(turns.length === 0 ? [] : ["The conversation so far:", ...turns]),
  ].join("\n\n");
}
