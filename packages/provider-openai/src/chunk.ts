import { isLoose, toText } from "./read-json.ts";
import type { Loose } from "./read-json.ts";

/** A piece of a call as it comes over the wire. */
export interface CallDelta {
  readonly index: number | undefined;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** One chunk of a streamed reply, read with care: compatible servers differ in every field. */
export interface Chunk {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly CallDelta[];
  /** The wire's word for why the reply ended; undefined until it did. */
  readonly finish: string | undefined;
  readonly usage: unknown;
  readonly model: string | undefined;
}

/** Reads a chunk. What is missing or odd counts as absent. */
export function toChunk(value: unknown): Chunk {
  const chunk = isLoose(value) ? value : {};
  const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isLoose) : [];
  const choice = choices.find((each) => each.index === undefined || each.index === 0) ?? {};
  const delta = isLoose(choice.delta) ? choice.delta : {};
  const finish = toText(choice.finish_reason);
  const model = toText(chunk.model);
  return {
    text: toContent(delta.content, "text") + toText(delta.refusal),
    reasoning: (toText(delta.reasoning_content) || toText(delta.reasoning)) + toContent(delta.content, "thinking"),
    calls: toCallDeltas(delta),
    // Some servers write the word where nothing is meant.
    finish: finish === "" || finish === "null" ? undefined : finish,
    usage: chunk.usage,
    model: model === "" ? undefined : model,
  };
}

/** Content is a text; some servers send a list of parts instead, thinking among them. */
function toContent(content: unknown, type: "text" | "thinking"): string {
  if (typeof content === "string") return type === "text" ? content : "";
  if (!Array.isArray(content)) return "";
  return content
    .filter(isLoose)
    .filter((part) => part.type === type)
    .map((part) => (type === "text" ? toText(part.text) : typeof part.thinking === "string" ? part.thinking : toContent(part.thinking, "text")))
    .join("");
}

/** Calls, in today's form or in that of the older `function_call`. */
function toCallDeltas(delta: Loose): readonly CallDelta[] {
  const older = isLoose(delta.function_call) ? [{ index: 0, function: delta.function_call }] : [];
  const calls: readonly unknown[] = Array.isArray(delta.tool_calls) ? delta.tool_calls : older;
  return calls.filter(isLoose).map((call) => {
    const named = isLoose(call.function) ? call.function : {};
    return {
      index: typeof call.index === "number" ? call.index : undefined,
      id: toText(call.id),
      name: toText(named.name),
      arguments: isLoose(named.arguments) ? JSON.stringify(named.arguments) : toText(named.arguments),
    };
  });
}
