import type { JsonObject } from "@omni/core";
import type { ScriptedCall } from "./scripted-provider.ts";

/** Where in a reply something happens: before anything is sent, after the first piece of it, or with everything sent but the end. */
export type ReplyPoint = "before" | "after-first" | "before-end";

/** How the bytes of a body are cut into writes: all at once, one byte a write, so many bytes a write, or at random by a seed. */
export type Chunking = "whole" | "bytes" | { readonly size: number } | { readonly seed: number };

/** Framing of server-sent events that is legal and unusual. */
export interface OddFraming {
  readonly newline?: "\n" | "\r\n" | "\r";
  /** A comment line before every event. */
  readonly comments?: boolean;
  /** A byte order mark before everything. */
  readonly mark?: boolean;
  /** False leaves out the last `[DONE]`. */
  readonly done?: boolean;
}

/** What the fake OpenAI server answers to one request. */
export interface FakeOpenAIReply {
  /** Split after each space into deltas, or the deltas themselves. */
  readonly text?: string | readonly string[];
  readonly reasoning?: string | readonly string[];
  /** The field reasoning comes in; `reasoning_content` where absent. */
  readonly reasoningField?: "reasoning_content" | "reasoning";
  /** Full names (`files.read`) are written as wire names (`files__read`). */
  readonly toolCalls?: readonly ScriptedCall[];
  /** The wire's word; `tool_calls` or `stop` where absent, none where null. */
  readonly finish?: string | null;
  /** `false` sends none. A quarter of the characters where absent. Sent as it is, so it may be negative. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number; readonly cachedInputTokens?: number } | false;
  /** The model the reply names; that of the request where absent. */
  readonly model?: string;
  readonly chunking?: Chunking;
  readonly framing?: OddFraming;
  /** True answers a streaming request with one JSON object, as some servers do. */
  readonly ignoreStream?: boolean;
  /** Holds the reply at `barrierAt` until `release(name)`. */
  readonly barrier?: string;
  /** `before` where absent. */
  readonly barrierAt?: ReplyPoint;
  /** Goes no further from this point, for ever. */
  readonly stall?: ReplyPoint;
  /** Destroys the connection at this point; `before` sends not even a status. */
  readonly cutAt?: ReplyPoint;
  /** Destroys the connection after so many bytes of the body. */
  readonly cutAfterBytes?: number;
  /** Ends the body as if it were complete after so many bytes. */
  readonly endAfterBytes?: number;
  /** 200 where absent; 400 and more answer `error` as JSON. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly error?: { readonly message?: string; readonly type?: string; readonly code?: string | number };
  /** True answers a web page. */
  readonly html?: boolean;
  /** Sent in place of everything else, as `text/event-stream` unless `headers` say otherwise. */
  readonly rawBody?: string | Uint8Array;
  /** Sent again and again until the client leaves. */
  readonly endless?: string;
}

/** A request body of `/chat/completions`, read just far enough. */
export interface ChatBody {
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Wire names of the tools on offer, in order. */
  readonly toolNames: readonly string[];
  /** Texts of the user messages, oldest first. */
  readonly userTexts: readonly string[];
  readonly raw: JsonObject;
}

/** Reads a request body; what is missing or odd counts as absent. */
export function toChatBody(raw: JsonObject): ChatBody {
  const messages = Array.isArray(raw["messages"]) ? raw["messages"].filter(isObject) : [];
  const tools = Array.isArray(raw["tools"]) ? raw["tools"].filter(isObject) : [];
  const streamOptions = raw["stream_options"];
  return {
    model: typeof raw["model"] === "string" ? raw["model"] : undefined,
    stream: raw["stream"] === true,
    includeUsage: isObject(streamOptions) && streamOptions["include_usage"] === true,
    toolNames: tools.map((tool) => (isObject(tool["function"]) ? String(tool["function"]["name"]) : "")),
    userTexts: messages.filter((message) => message["role"] === "user").map((message) => toText(message["content"])),
    raw,
  };
}

function toText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.flatMap((part: unknown) => (isObject(part) && typeof part["text"] === "string" ? [part["text"]] : [])).join("\n");
}

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
