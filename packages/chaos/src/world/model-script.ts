import type { JsonObject } from "@omni/core";
import type { ChatBody, FakeOpenAIReply } from "@omni/testkit/fakes";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { MessagePlan } from "./message-plan.ts";
import { readPlan } from "./message-plan.ts";

/** The words by which a model is told that nobody knows whether a call had its effect. */
const unknownFate = "Whether it had its effect is unknown";

/** A request to the model, read as far as the harness needs. */
export interface ReadRequest {
  readonly plan: MessagePlan;
  /** Replies with calls since the message. */
  readonly round: number;
  /** Results since the message that tell an unknown fate. */
  readonly unknown: number;
}

/** Reads which message a request is about and how far its turn is; undefined for a request about none, as one for a summary is, which offers no tools. */
export function readRequest(body: JsonObject): ReadRequest | undefined {
  if (!Array.isArray(body["tools"])) return undefined;
  const messages = Array.isArray(body["messages"]) ? body["messages"].filter(isMessage) : [];
  const texts = messages.map((message) => JSON.stringify(message["content"] ?? ""));
  const at = messages.findLastIndex((message, index) => message["role"] === "user" && readPlan(texts[index] ?? "") !== undefined);
  const plan = readPlan(texts[at] ?? "");
  if (plan === undefined) return undefined;
  const since = messages.slice(at + 1);
  return {
    plan,
    round: since.filter((message) => Array.isArray(message["tool_calls"])).length,
    unknown: since.filter((message) => message["role"] === "tool" && JSON.stringify(message["content"]).includes(unknownFate)).length,
  };
}

/** What the model says to a request: the calls of the plan, reply by reply, then the answer. */
export function toReply(body: ChatBody): FakeOpenAIReply {
  const request = readRequest(body.raw);
  if (request === undefined) return textReply("There is nothing to do.");
  const { plan, round } = request;
  const calls = plan.rounds[round];
  if (calls === undefined) return textReply(toFinalAnswer(request));
  return callReply(calls.map((effect, index) => ({ id: `c${round}_${index}`, name: `effect.${effect}`, arguments: { nonce: plan.nonce, step: `${round}.${index}` } })));
}

/** The final answer that a request is given; empty where the plan has calls left to make. */
export function toFinalAnswer({ plan, round, unknown }: ReadRequest): string {
  return plan.rounds[round] === undefined ? toAnswer(plan, unknown) : "";
}

/** The final answer to a plan: one line a part. */
export function toAnswer({ nonce, parts }: MessagePlan, unknown = 0): string {
  const words = unknown === 0 ? "is done" : `is done, and the fate of ${unknown} calls is unknown`;
  if (parts === 1) return `${nonce} ${words}`;
  return Array.from({ length: parts }, (_, index) => `${nonce} ${words}, part ${index + 1} ${"of a long answer ".repeat(8)}`.trimEnd()).join("\n");
}

function isMessage(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null;
}
