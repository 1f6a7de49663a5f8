import type { ImageContent } from "@omni/core";
import type { IncomingMessage } from "@omni/runtime";
import type { ChatMessage, ChatRequest } from "./chat-request.ts";

/** What a role is called in a conversation that is retold. */
const speakers: Readonly<Record<ChatMessage["role"], string>> = { system: "", developer: "", user: "Person", assistant: "Assistant", tool: "Result of a tool", function: "Result of a tool" };

/** Most pictures that come along where earlier ones are retold, those of the newest words among them: beside the longest text that a context of 32,000 tokens takes there is room for no more, and a message that does not fit fails its turn. */
const mostPictures = 4;

/** How a request meets its session. */
export interface Meeting {
  /** True where the session has no turns yet. */
  readonly isNew: boolean;
  /** True where the last message by itself is a chat command or an exact call of a tool. */
  readonly isCall: boolean;
}

type Told = Pick<IncomingMessage, "text" | "attachments">;

/**
 * What a session is told of a request. OpenAI clients send the whole
 * conversation each time: a session that is new is told all of it, one that
 * has turns already only what came since the last answer. Where nothing has
 * been answered a conversation begins, so the instructions that it begins with
 * are among that. Whether the model still sees the same ones of an earlier turn
 * depends on what was cut since, so they are told whenever they come. A command
 * and an exact call are told alone: with anything around them they would be
 * words for the model.
 */
export function toTold({ messages }: ChatRequest, { isNew, isCall }: Meeting): Told {
  if (isCall) return toPlain(messages.slice(-1));
  const answered = toLastAnswer(messages);
  const since = messages.slice(answered + 1);
  const newest = since.filter(isOfPerson).filter(hasContent);
  const around = since.filter((message) => !isOfPerson(message));
  const before = [...(isNew ? messages.slice(0, answered + 1) : []), ...around].filter(hasContent);
  return before.length === 0 || newest.length === 0 ? toPlain(newest) : toRetold(before, newest);
}

/** The place of the last answer; -1 where nothing of the person has been answered, for a greeting is no answer. */
function toLastAnswer(messages: readonly ChatMessage[]): number {
  const last = messages.findLastIndex((message) => !isOfPerson(message) && !isInstruction(message));
  return last > messages.findIndex(isOfPerson) ? last : -1;
}

function isOfPerson({ role }: ChatMessage): boolean {
  return role === "user";
}

function isInstruction({ role }: ChatMessage): boolean {
  return speakers[role] === "";
}

function hasContent({ text, images }: ChatMessage): boolean {
  return text.trim() !== "" || images.length > 0;
}

/** The person's words as they are. */
function toPlain(newest: readonly ChatMessage[]): Told {
  const texts = newest.map(({ text }) => text).filter((text) => text.trim() !== "");
  return withPictures(texts.join("\n\n"), newest.flatMap(({ images }) => images));
}

function toRetold(before: readonly ChatMessage[], newest: readonly ChatMessage[]): Told {
  const own = newest.flatMap(({ images }) => images);
  const earlier = before.flatMap(({ images }) => images);
  const pictures = [...earlier.slice(Math.max(0, earlier.length + own.length - mostPictures)), ...own];
  const shown: ReadonlySet<ImageContent> = new Set(pictures);
  const toWords = ({ text, images }: ChatMessage): string => [...images.map((image) => (shown.has(image) ? "[picture]" : "[a picture that is not shown]")), ...(text.trim() === "" ? [] : [text])].join(" ");
  const instructions = before.filter(isInstruction).map(toWords);
  const turns = before.filter((message) => !isInstruction(message)).map((message) => `${speakers[message.role]}: ${toWords(message)}`);
  const parts = [
    ...(instructions.length === 0 ? [] : ["Instructions that come with this conversation:", ...instructions]),
    ...(turns.length === 0 ? [] : ["The conversation so far:", ...turns]),
    "Now the person says:",
    ...newest.map(toWords),
  ];
  return withPictures(parts.join("\n\n"), pictures);
}

function withPictures(text: string, pictures: readonly ImageContent[]): Told {
  return { text, ...(pictures.length === 0 ? {} : { attachments: pictures }) };
}
