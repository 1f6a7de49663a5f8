import type { ModelEvent, Usage } from "@omni/core";
import { OmniError } from "@omni/core";
import type { NameTable } from "./name-table.ts";
import type { TextPiece } from "./think-splitter.ts";
import { createCallCollector } from "./call-collector.ts";
import { createThinkSplitter } from "./think-splitter.ts";
import { toChunk } from "./chunk.ts";
import { toFinishReason } from "./finish-reason.ts";
import { toUsage, unknownUsage } from "./usage.ts";

/** Reads one reply, chunk by chunk. */
export interface ReplyReader {
  /** The deltas of a chunk. */
  read(chunk: unknown): readonly ModelEvent[];
  /** What is left to tell once the chunks have ended. Throws `provider.cut` where they ended without a reason, or with one that is not known to end a whole reply. */
  end(): readonly ModelEvent[];
}

/** Most characters of an endpoint's word for an end in a message. */
const longestWord = 60;

/**
 * Makes the events of one reply from its chunks. Deltas go out as they come;
 * calls only after the reply has said why it ended, so a part of one never
 * does. A reply that was cut by its length limit or a filter yields no call at
 * all.
 */
export function createReplyReader(names: NameTable): ReplyReader {
  const splitter = createThinkSplitter();
  const collector = createCallCollector();
  let finish: string | undefined;
  let usage: Usage = unknownUsage;
  let model: string | undefined;
  return {
    read(value) {
      const chunk = toChunk(value);
      for (const call of chunk.calls) collector.add(call);
      finish = chunk.finish ?? finish;
      usage = toUsage(chunk.usage) ?? usage;
      model = chunk.model ?? model;
      const reasoning: readonly ModelEvent[] = chunk.reasoning === "" ? [] : [{ type: "reasoning-delta", text: chunk.reasoning }];
      return chunk.text === "" ? reasoning : [...reasoning, ...splitter.push(chunk.text).map(toDelta)];
    },
    end() {
      if (finish === undefined) throw toCut();
      if (finish.toLowerCase() === "error") throw new OmniError("provider.unavailable", "The model endpoint broke the reply off with an error of its own; ask again.", { retryable: true });
      const calls = collector.calls();
      const reason = toFinishReason(finish, calls.length > 0);
      if (reason === undefined) throw toBrokenOff(finish);
      const called = reason === "tool-calls" ? calls.map((call): ModelEvent => ({ type: "tool-call", call: { ...call, name: names.fromWire(call.name) } })) : [];
      return [...splitter.flush().map(toDelta), ...called, { type: "finish", reason, usage, ...(model === undefined ? {} : { model }) }];
    },
  };
}

/** The error of a reply that broke off. */
export function toCut(cause?: unknown): OmniError {
  return new OmniError("provider.cut", "The model's reply broke off before its end; nothing of its calls was run. Ask again.", { retryable: true, ...(cause === undefined ? {} : { cause }) });
}

/** The same, where the endpoint said in a word of its own why it broke off. */
function toBrokenOff(word: string): OmniError {
  return new OmniError("provider.cut", `The model endpoint broke the reply off and calls that ${JSON.stringify(word.slice(0, longestWord))}; nothing of its calls was run. Ask again.`, { retryable: true });
}

function toDelta(piece: TextPiece): ModelEvent {
  return { type: piece.kind === "text" ? "text-delta" : "reasoning-delta", text: piece.text };
}
