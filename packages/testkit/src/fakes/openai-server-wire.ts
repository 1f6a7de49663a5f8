import type { JsonObject } from "@omni/core";
import type { ChatBody, FakeOpenAIReply } from "./openai-server-reply.ts";

/** A reply as the wire has it: what comes first, what follows, and how it ends. */
export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The first piece, the middle, and the end; together the body. */
  readonly parts: readonly [first: Uint8Array, middle: Uint8Array, end: Uint8Array];
}

/** Writes a reply as the endpoint would, streaming or not as the request asks. */
export function toWireReply(reply: FakeOpenAIReply, body: ChatBody, index: number): WireReply {
  const status = reply.status ?? 200;
  if (reply.rawBody !== undefined) return toWhole(status, { "content-type": "text/event-stream", ...reply.headers }, reply.rawBody);
  if (reply.html === true) return toWhole(status, { "content-type": "text/html; charset=utf-8", ...reply.headers }, "<!doctype html>\n<html><body><h1>It works!</h1></body></html>\n");
  if (status >= 400) {
    const error = { message: `The fake answers ${status}.`, type: "fake_error", code: null, param: null, ...reply.error };
    return toWhole(status, { "content-type": "application/json", ...reply.headers }, JSON.stringify({ error }));
  }
  if (!body.stream || reply.ignoreStream === true) {
    return toWhole(status, { "content-type": "application/json", ...reply.headers }, JSON.stringify(toCompletion(reply, body, index)));
  }
  const events = toEvents(reply, body, index);
  const ending = toEnding(reply, body);
  const write = (some: readonly string[]): Uint8Array => new TextEncoder().encode(some.map((data) => toEvent(data, reply)).join(""));
  const mark = reply.framing?.mark === true ? "\uFEFF" : "";
  const first = new TextEncoder().encode(mark + events.slice(0, 2).map((data) => toEvent(data, reply)).join(""));
  return { status, headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", ...reply.headers }, parts: [first, write(events.slice(2)), write(ending)] };
}

function toWhole(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): WireReply {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const half = Math.floor(bytes.length / 2);
  return { status, headers, parts: [bytes.slice(0, half), bytes.slice(half), new Uint8Array()] };
}

function toEvent(data: string, reply: FakeOpenAIReply): string {
  const newline = reply.framing?.newline ?? "\n";
  const comment = reply.framing?.comments === true ? `: keep-alive${newline}` : "";
  return `${comment}data: ${data}${newline}${newline}`;
}

/** The chunks up to the finish: role, reasoning, text, calls. */
function toEvents(reply: FakeOpenAIReply, body: ChatBody, index: number): readonly string[] {
  const reasoningField = reply.reasoningField ?? "reasoning_content";
  const deltas: JsonObject[] = [
    ...toPieces(reply.reasoning).map((piece) => ({ [reasoningField]: piece })),
    ...toPieces(reply.text).map((piece) => ({ content: piece })),
    ...toCalls(reply, body, index).flatMap((call, position) => toCallDeltas(call, position)),
  ];
  const role = toChunk(reply, body, [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]);
  return [role, ...deltas.map((delta) => toChunk(reply, body, [{ index: 0, delta, finish_reason: null }]))].map((chunk) => JSON.stringify(chunk));
}

function toEnding(reply: FakeOpenAIReply, body: ChatBody): readonly string[] {
  const finish = toFinish(reply);
  const end = toChunk(reply, body, [{ index: 0, delta: {}, finish_reason: finish }]);
  const usage = reply.usage === false || !body.includeUsage ? [] : [{ ...toChunk(reply, body, []), usage: toUsage(reply, body) }];
  const events = [...(finish === null ? [] : [end]), ...usage].map((chunk) => JSON.stringify(chunk));
  return reply.framing?.done === false ? events : [...events, "[DONE]"];
}

function toChunk(reply: FakeOpenAIReply, body: ChatBody, choices: readonly JsonObject[]): JsonObject {
  return { id: "chatcmpl-fake", object: "chat.completion.chunk", created: 1_700_000_000, model: reply.model ?? body.model ?? "fake-model", choices };
}

interface WireCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

function toCalls(reply: FakeOpenAIReply, body: ChatBody, index: number): readonly WireCall[] {
  return (reply.toolCalls ?? []).map((call, position) => ({
    id: call.id ?? `call_${index}_${position}`,
    name: call.name === undefined ? (body.toolNames[call.tool ?? -1] ?? "") : call.name.replaceAll(".", "__"),
    arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
  }));
}

/** Id and name first, then the arguments a few characters at a time, as the endpoint does. */
function toCallDeltas(call: WireCall, index: number): readonly JsonObject[] {
  const head = { index, id: call.id, type: "function", function: { name: call.name, arguments: "" } };
  const pieces = call.arguments.match(/[\s\S]{1,12}/gu) ?? [];
  return [{ tool_calls: [head] }, ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] }))];
}

function toCompletion(reply: FakeOpenAIReply, body: ChatBody, index: number): JsonObject {
  const calls = toCalls(reply, body, index);
  const text = toPieces(reply.text).join("");
  const message: JsonObject = {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    ...(reply.reasoning === undefined ? {} : { [reply.reasoningField ?? "reasoning_content"]: toPieces(reply.reasoning).join("") }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => ({ id: call.id, type: "function", function: { name: call.name, arguments: call.arguments } })) }),
  };
  return {
    ...toChunk(reply, body, [{ index: 0, message, finish_reason: toFinish(reply) }]),
    object: "chat.completion",
    ...(reply.usage === false ? {} : { usage: toUsage(reply, body) }),
  };
}

function toFinish(reply: FakeOpenAIReply): string | null {
  if (reply.finish !== undefined) return reply.finish;
  return (reply.toolCalls ?? []).length > 0 ? "tool_calls" : "stop";
}

function toUsage(reply: FakeOpenAIReply, body: ChatBody): JsonObject {
  const given = reply.usage === false ? undefined : reply.usage;
  const input = given?.inputTokens ?? Math.ceil(JSON.stringify(body.raw).length / 4);
  const output = given?.outputTokens ?? Math.ceil(toPieces(reply.text).join("").length / 4);
  const cached = given?.cachedInputTokens;
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output, ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }) };
}

function toPieces(text: string | readonly string[] | undefined): readonly string[] {
  if (text === undefined || text === "") return [];
  return typeof text === "string" ? (text.match(/\S*\s|\S+$/gu) ?? [text]) : text;
}
