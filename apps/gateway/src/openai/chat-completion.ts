import type { OmniErrorCode, TurnEndStatus, TurnOutcome } from "@omni/core";
import type { FeedItem } from "../turn-feed.ts";
import type { EventViewContext } from "../event-view.ts";
import type { StreamEncoding } from "../sse.ts";
import { toAnswerView } from "../turn-view.ts";

/** What every piece of an answer says of itself. */
export interface CompletionHead {
  readonly turnId: string;
  readonly model: string;
  /** Unix milliseconds. */
  readonly at: number;
}

const finishReasons: Readonly<Record<TurnEndStatus, "stop" | "length">> = { completed: "stop", cancelled: "stop", failed: "stop", limited: "length" };

/** The whole answer of a turn that ended. */
export function toChatCompletion(outcome: TurnOutcome, head: CompletionHead): object {
  return {
    ...toHead(head, "chat.completion"),
    choices: [{ index: 0, message: { role: "assistant", content: outcome.output, refusal: null }, logprobs: null, finish_reason: finishReasons[outcome.status] }],
    usage: toUsage(outcome),
  };
}

/**
 * The answer piece by piece, as the protocol streams it. Calls of tools stay
 * inside. What was sent cannot be taken back: after a `text-reset` nothing is
 * sent until the end, which then brings what is missing.
 */
export function toChunkEncoding(head: CompletionHead, context: EventViewContext & { readonly includesUsage: boolean }): StreamEncoding {
  const said = createSaid();
  let hasEnded = false;
  const chunk = (delta: object, finish: string | null): string =>
    toData({ ...toHead(head, "chat.completion.chunk"), choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...(context.includesUsage ? { usage: null } : {}) });
  const toText = (text: string): string | undefined => (text === "" ? undefined : chunk({ content: text }, null));
  const end = (outcome: TurnOutcome): string => {
    hasEnded = true;
    if (outcome.status === "failed") return toData({ error: toAnswerView(outcome, context.principal, context.requestId).error, turn_id: outcome.turnId });
    const usage = context.includesUsage ? toData({ ...toHead(head, "chat.completion.chunk"), choices: [], usage: toUsage(outcome) }) : "";
    return `${toText(said.missing(outcome.output)) ?? ""}${chunk({}, finishReasons[outcome.status])}${usage}data: [DONE]\n\n`;
  };
  return {
    head: `: turn ${head.turnId}\n\n${chunk({ role: "assistant", content: "" }, null)}`,
    write(item: FeedItem) {
      if (item.kind === "silence") return ": keep-alive\n\n";
      if (item.event.type === "text-delta") return toText(said.add(item.event.text));
      if (item.event.type === "tool-call") said.pause();
      if (item.event.type === "text-reset") said.reset();
      return item.event.type === "turn-end" ? end(item.event) : undefined;
    },
    // A client of this protocol takes a stream that just ends for a whole answer.
    end: () => (hasEnded ? "" : toData({ error: { ...toCutShort(head), requestId: context.requestId }, turn_id: head.turnId })),
  };
}

/** The gateway stops, the store holds the turn up, or the token is no longer good. */
function toCutShort({ turnId }: CompletionHead): { readonly code: OmniErrorCode; readonly message: string } {
  return { code: "provider.cut", message: `The stream ended before the answer did. The turn was taken and goes on: ask GET /turns/${turnId} for what comes of it; sent again without its Idempotency-Key the message would be another turn.` };
}

/** What a reader has been told of the text. */
function createSaid(): { add(text: string): string; pause(): void; reset(): void; missing(output: string): string } {
  /** Text since the last call of a tool, and whether there was any before. */
  let newest = "";
  let hasEarlier = false;
  let isLost = false;
  return {
    add(text) {
      if (isLost || text === "") return "";
      const gap = newest === "" && hasEarlier ? "\n\n" : "";
      newest += text;
      return gap + text;
    },
    pause() {
      hasEarlier ||= newest !== "";
      newest = "";
    },
    reset: () => void (isLost = true),
    missing(output) {
      if (newest.trim() === output.trim()) return "";
      if (newest !== "" && output.startsWith(newest)) return output.slice(newest.length);
      return newest === "" && !hasEarlier ? output : `\n\n${output}`;
    },
  };
}

function toHead({ turnId, model, at }: CompletionHead, object: string): object {
  return { id: `chatcmpl-${turnId}`, object, created: Math.floor(at / 1_000), model };
}

function toUsage({ usage: { inputTokens, outputTokens } }: TurnOutcome): object {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

function toData(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
