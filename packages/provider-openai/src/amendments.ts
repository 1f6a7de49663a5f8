import type { ChatCompletionContentPart, ChatCompletionCreateParamsStreaming, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { namesPictures } from "./picture-refusal.ts";
import { toPlainText } from "./content-parts.ts";

/** A change to a request, for an endpoint that does not take it as it is. */
export interface Amendment {
  /** What is not taken, for the log. */
  readonly part: string;
  /** True where a model that once refused the part never takes it; false where it may have been this one request. */
  readonly isLasting: boolean;
  /** True where the words of a refusal are about the part. */
  isMeant(refusal: string): boolean;
  /** The request without the part, or undefined where it has none. */
  apply(body: ChatCompletionCreateParamsStreaming): ChatCompletionCreateParamsStreaming | undefined;
}

/** `max_tokens`, where the endpoint wants `max_completion_tokens`. */
const limitName: Amendment = {
  part: "max_tokens",
  isLasting: true,
  isMeant: (refusal) => refusal.includes("max_completion_tokens"),
  apply({ max_tokens: limit, ...rest }) {
    return limit === undefined || limit === null ? undefined : { ...rest, max_completion_tokens: limit };
  },
};

/** A reasoning effort beside tools: OpenAI's models from GPT-5.4 on take tools on this route with effort `none` only. */
const effort: Amendment = {
  part: "reasoning_effort",
  isLasting: true,
  isMeant: (refusal) => /tools? with reasoning_effort|reasoning_effort.{0,80}'none'/i.test(refusal),
  apply: (body) => (body.tools === undefined || body.reasoning_effort === "none" ? undefined : { ...body, reasoning_effort: "none" }),
};

/** `stream_options`, which older servers refuse. */
const streamOptions: Amendment = {
  part: "stream_options",
  isLasting: true,
  isMeant: (refusal) => refusal.includes("stream_options"),
  apply({ stream_options: options, ...rest }) {
    return options === undefined ? undefined : rest;
  },
};

/** Pictures: one that stays in a conversation would close it for good. It may be only the one, so the next request has its pictures again. */
const pictures: Amendment = {
  part: "pictures",
  isLasting: false,
  isMeant: namesPictures,
  apply: (body) => (body.messages.some(hasPicture) ? { ...body, messages: body.messages.map(toPictureless) } : undefined),
};

const amendments: readonly Amendment[] = [limitName, effort, streamOptions, pictures];

/** The one change that an endpoint's refusal asks for, or undefined where its words name nothing that the request holds and can do without. */
export function findAmendment(body: ChatCompletionCreateParamsStreaming, refusal: string): Amendment | undefined {
  return amendments.find((each) => each.isMeant(refusal) && each.apply(body) !== undefined);
}

function hasPicture(message: ChatCompletionMessageParam): boolean {
  return message.role === "user" && typeof message.content !== "string" && message.content.some((part) => part.type === "image_url");
}

function toPictureless(message: ChatCompletionMessageParam): ChatCompletionMessageParam {
  if (message.role !== "user" || typeof message.content === "string" || !hasPicture(message)) return message;
  const parts = message.content.map((part): ChatCompletionContentPart => (part.type === "image_url" ? { type: "text", text: "[A picture that the model cannot take]" } : part));
  return { ...message, content: toPlainText(parts) ?? parts };
}
