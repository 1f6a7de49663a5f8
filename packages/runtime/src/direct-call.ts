import { unframe } from "@omni/agent";
import type { Message, ModelEvent, Provider, ToolMessage } from "@omni/core";
import { OmniError } from "@omni/core";

/** A message that is exactly one call. */
export interface DirectCall {
  readonly name: string;
  /** JSON text of the arguments. */
  readonly arguments: string;
}

const bare = /^([A-Za-z][\w-]*(?:\.[\w-]+)+)(?:\s+(\{[\s\S]*\}))?$/;
const wrapped = /^@omni\(\s*"([A-Za-z][\w-]*(?:\.[\w-]+)+)"\s*(?:,\s*(\{[\s\S]*\})\s*)?\)$/;

/** How the loop says that arguments do not fit. */
const refusal = /^Error \(tool\.invalid-arguments\): ([\s\S]*)$/;

/** Reads `owner.command`, `owner.command {json}` or `@omni("owner.command", {json})`; undefined for anything else, and for names of no tool. */
export function toDirectCall(text: string, isTool: (name: string) => boolean): DirectCall | undefined {
  const match = bare.exec(text.trim()) ?? wrapped.exec(text.trim());
  const name = match?.[1];
  if (name === undefined || !isTool(name)) return undefined;
  return { name, arguments: match?.[2] ?? "{}" };
}

/**
 * A provider that makes the one call that the person's words are, as the hooks
 * let them through, and tells its result as it is: a turn without a model, by
 * the same loop. Arguments that the loop refused fail the turn with
 * `tool.invalid-arguments`, whose message shows the schema; words that a hook
 * made into something else fail it with `turn.vetoed`.
 */
export function createDirectProvider(isTool: (name: string) => boolean): Provider {
  async function* stream(request: Parameters<Provider["stream"]>[0]): AsyncGenerator<ModelEvent, void, undefined> {
    const last = request.messages.at(-1);
    const usage = { inputTokens: 0, outputTokens: 0, reported: true };
    if (last?.role !== "tool") {
      const call = toDirectCall(toWords(last), isTool);
      if (call === undefined) throw new OmniError("turn.vetoed", "The message was an exact call, and a hook made something else of it, which was not carried out.");
      yield { type: "tool-call", call: { id: "direct", ...call } };
      yield { type: "finish", reason: "tool-calls", usage };
      return;
    }
    const refused = toRefusal(last);
    if (refused !== undefined) throw new OmniError("tool.invalid-arguments", refused);
    yield { type: "text-delta", text: toText(last) };
    yield { type: "finish", reason: "stop", usage };
  }
  return { stream, models: async () => [], defaultModel: async () => ({ id: "direct" }), close: async () => undefined };
}

/** The person's own words: the text behind the framed blocks, of which every prompt has one (the time). */
function toWords(message: Message | undefined): string {
  const texts = message?.role === "user" ? message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])) : [];
  return texts[1] ?? "";
}

/** What the loop refused the arguments with. What a server says itself is framed, and never taken for that. */
function toRefusal({ isError, content: [first] }: ToolMessage): string | undefined {
  return isError && first?.type === "text" ? refusal.exec(first.text)?.[1] : undefined;
}

function toText(message: ToolMessage): string {
  const lines = message.content.map((block) => (block.type === "text" ? unframe(block.text) : `[${block.type}]`));
  const text = lines.join("\n");
  return text.trim() === "" ? "Done." : text;
}
